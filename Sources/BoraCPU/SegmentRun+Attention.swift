import BoraDevices
import CKernels

extension SegmentRun {
    func appendKV(_ op: Operation.AppendKV, _ worker: Worker) {
        let sequences = program.step.sequences
        var cache = unsafe cache(op.slot)
        // A block at a time: neighbouring tokens share cache lines.
        worker.share(sequences.map(\.writtenBlocks.count)) { number, chunk in
            let sequence = sequences[number]
            let block = sequence.writtenBlocks.lowerBound + chunk
            let first = block * KVGeometry.blockTokens
            let positions = (first..<first + KVGeometry.blockTokens)
                .clamped(to: sequence.positions)
            unsafe sequence.blocks[op.slot.group].withUnsafeBufferPointer { blocks in
                for position in positions {
                    let row = sequence.firstRow + position - sequence.context
                    unsafe bora_append(
                        kernels.table, &cache, blocks.baseAddress, position,
                        self.row(op.keys, row), self.row(op.values, row))
                }
            }
        }
    }

    func attend(_ op: Operation.Attend, _ worker: Worker) {
        let sequences = program.step.sequences
        var attention = unsafe bora_attention()
        unsafe attention.cache = cache(op.slot)
        unsafe attention.heads = op.heads
        unsafe attention.scale = op.scale
        unsafe attention.soft_cap = op.softCap ?? 0
        unsafe attention.window = op.slot.geometry.window ?? 0
        let tasks = sequences.map { sequence in
            unsafe attention.rows = sequence.rows
            return unsafe bora_attention_tasks(&attention)
        }
        worker.share(tasks) { number, task in
            let sequence = sequences[number]
            unsafe attention.context = sequence.context
            unsafe attention.rows = sequence.rows
            unsafe attention.queries = UnsafePointer(row(op.queries, sequence.firstRow))
            unsafe attention.output = row(op.output, sequence.firstRow)
            unsafe sequence.blocks[op.slot.group].withUnsafeBufferPointer { blocks in
                unsafe attention.blocks = blocks.baseAddress
                unsafe bora_attention_task(kernels.table, &attention, task)
            }
        }
    }
}

extension Step.Sequence {
    /// Positions of the step's own tokens.
    fileprivate var positions: Range<Int> { context..<context + rows }

    /// The blocks, counted from the sequence's start, that the step's tokens are stored in.
    fileprivate var writtenBlocks: Range<Int> {
        let size = KVGeometry.blockTokens
        return rows == 0 ? 0..<0 : context / size..<(context + rows + size - 1) / size
    }
}
