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

    func attend(_ op: Operation.Attend, _ index: Int, _ worker: Worker) {
        let sequences = program.step.sequences
        let shares = layout.attentionShares(of: op, in: program.step)
        let scratch = unsafe self.scratch(ofOperation: index)
        let own = unsafe scratch + worker.index * shares.bytesPerThread
        worker.share(shares.sequences.map(\.tasks)) { number, task in
            unsafe withAttention(op, sequences[number], scratch, shares.sequences[number]) {
                unsafe bora_attention_task(kernels.table, $0, task, own)
            }
        }
        let split = shares.sequences.indices.filter { shares.sequences[$0].partials != nil }
        guard !split.isEmpty else { return }
        worker.share(split.map { sequences[$0].rows * op.heads }) { number, vector in
            let number = split[number]
            unsafe withAttention(op, sequences[number], scratch, shares.sequences[number]) {
                unsafe bora_attention_merge(kernels.table, $0, vector)
            }
        }
    }

    /// The attention of one sequence, as kernels take it.
    private func withAttention(
        _ op: Operation.Attend, _ sequence: Step.Sequence, _ scratch: UnsafeMutableRawPointer,
        _ share: CPULayout.AttentionShares.Share,
        _ body: (UnsafePointer<bora_attention>) -> Void
    ) {
        unsafe sequence.blocks[op.slot.group].withUnsafeBufferPointer { blocks in
            var attention = unsafe bora_attention()
            unsafe attention.cache = cache(op.slot)
            unsafe attention.blocks = blocks.baseAddress
            unsafe attention.context = sequence.context
            unsafe attention.rows = sequence.rows
            unsafe attention.heads = op.heads
            unsafe attention.scale = op.scale
            unsafe attention.soft_cap = op.softCap ?? 0
            unsafe attention.window = op.slot.geometry.window ?? 0
            unsafe attention.queries = UnsafePointer(row(op.queries, sequence.firstRow))
            unsafe attention.output = row(op.output, sequence.firstRow)
            if let partials = share.partials {
                unsafe attention.partials = (scratch + partials)
                    .assumingMemoryBound(to: Float.self)
            }
            unsafe body(&attention)
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
