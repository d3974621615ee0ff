import BoraCore
import BoraDevices
import CKernels

/// One segment of a program on its way through the workers: every worker walks all operations, and
/// shares out the rows or tasks of each.
@safe struct SegmentRun: Sendable {
    let program: Program
    let segment: Int
    let kernels: KernelSet
    let layout: CPULayout
    private let workspace: CPUArena
    private let weights: CPUArena
    private let caches: [Arena: CPUArena]

    init(
        program: Program, segment: Int, arenas: [Arena: CPUArena], kernels: KernelSet,
        layout: CPULayout
    ) {
        guard let workspace = arenas[.workspace], let weights = arenas[.weights] else {
            preconditionFailure("a segment is run before its device's arenas are allocated")
        }
        self.program = program
        self.segment = segment
        self.kernels = kernels
        self.layout = layout
        self.workspace = workspace
        self.weights = weights
        caches = arenas
    }

    func run(on worker: Worker) {
        announceWeights(after: nil, worker)
        for index in program.segments[segment].operations {
            switch program.operations[index] {
            case .embed(let op): embed(op, worker)
            case .normalize(let op): normalize(op, worker)
            case .normalizeHeads(let op): normalizeHeads(op, worker)
            case .linear(let op): linear(op, index, worker)
            case .gatedLinear(let op): gatedLinear(op, index, worker)
            case .softCap(let op): softCap(op, worker)
            case .rotate(let op): rotate(op, index, worker)
            case .appendKV(let op): appendKV(op, worker)
            case .attend(let op): attend(op, index, worker)
            case .gather(let op): gather(op, worker)
            }
        }
    }

    // MARK: Addresses

    func numbers(_ tensor: Tensor) -> UnsafeMutablePointer<Float> {
        unsafe workspace.address(of: program.handle(of: tensor))
            .assumingMemoryBound(to: Float.self)
    }

    func row(_ tensor: Tensor, _ index: Int) -> UnsafeMutablePointer<Float> {
        unsafe numbers(tensor) + index * tensor.columns
    }

    func scratch(ofOperation index: Int) -> UnsafeMutableRawPointer {
        unsafe workspace.address(of: program.scratchHandle(ofOperation: index))
    }

    func packed(_ weight: StoredWeight) -> UnsafeMutableRawPointer {
        unsafe weights.address(of: weight.handle)
    }

    func vector(_ weight: StoredWeight) -> UnsafePointer<Float> {
        precondition(weight.type == .f32, "a vector is not f32")
        return unsafe UnsafePointer(packed(weight).assumingMemoryBound(to: Float.self))
    }

    func cache(_ slot: KVSlot) -> bora_cache {
        guard let arena = caches[slot.arena] else {
            preconditionFailure("the device has no cache for group \(slot.group)")
        }
        let geometry = slot.geometry
        return unsafe bora_cache(
            base: arena.start + slot.layer * geometry.blockBytes,
            block_stride: slot.layers * geometry.blockBytes, heads: geometry.heads,
            key_width: geometry.keyWidth, value_width: geometry.valueWidth,
            format: geometry.type.kernelFormat)
    }

    // MARK: Operations on rows

    private func embed(_ op: Operation.Embed, _ worker: Worker) {
        worker.share(op.output.rows) { index in
            unsafe bora_dequantize_row(
                op.table.type.kernelFormat, op.table.rows, op.table.columns,
                Int(program.step.tokens[index]), packed(op.table), row(op.output, index))
            guard op.scale != 1 else { return }
            for column in 0..<op.output.columns {
                unsafe row(op.output, index)[column] *= op.scale
            }
        }
    }

    private func normalize(_ op: Operation.Normalize, _ worker: Worker) {
        worker.share(op.input.rows) { index in
            unsafe bora_normalize(
                kernels.table, row(op.input, index), vector(op.weight), op.epsilon,
                op.input.columns, op.accumulates, row(op.output, index))
        }
    }

    private func normalizeHeads(_ op: Operation.NormalizeHeads, _ worker: Worker) {
        worker.share(op.heads[0].tensor.rows) { index in
            for heads in op.heads {
                let width = heads.weight.columns
                for start in stride(from: 0, to: heads.tensor.columns, by: width) {
                    let head = unsafe row(heads.tensor, index) + start
                    unsafe bora_normalize(
                        kernels.table, head, vector(heads.weight), op.epsilon, width, false, head)
                }
            }
        }
    }

    private func softCap(_ op: Operation.SoftCap, _ worker: Worker) {
        // A row of logits is work for every thread.
        let count = op.tensor.rows * op.tensor.columns
        let size = 4096
        worker.share((count + size - 1) / size) { chunk in
            let start = chunk * size
            unsafe bora_soft_cap(
                kernels.table, op.cap, min(size, count - start), numbers(op.tensor) + start)
        }
    }

    private func rotate(_ op: Operation.Rotate, _ index: Int, _ worker: Worker) {
        let pairs = op.frequencies.columns
        let pairing = op.pairing == .interleaved ? BORA_INTERLEAVED : BORA_HALVES
        let own =
            unsafe scratch(ofOperation: index) + worker.index * layout.rotationBytes(pairs: pairs)
        let table = unsafe own.assumingMemoryBound(to: Float.self)
        worker.share(op.tensors[0].rows) { index in
            unsafe bora_rotation(
                program.step.positions[index], vector(op.frequencies), pairs, op.scale, table)
            for tensor in op.tensors {
                unsafe bora_rotate(
                    kernels.table, table, pairs, pairing, tensor.columns / op.headWidth,
                    op.headWidth, row(tensor, index))
            }
        }
    }

    private func gather(_ op: Operation.Gather, _ worker: Worker) {
        worker.share(op.output.rows) { index in
            unsafe row(op.output, index).update(
                from: row(op.input, Int(program.step.outputRows[index])),
                count: op.input.columns)
        }
    }
}
