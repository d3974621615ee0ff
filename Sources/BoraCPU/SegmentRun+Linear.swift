import BoraCore
import BoraDevices
import CKernels

extension SegmentRun {
    func linear(_ op: Operation.Linear, _ index: Int, _ worker: Worker) {
        let scratch = layout.linearScratch(of: op)
        prepare(op.input, scratch, index, worker)
        worker.share(op.projections.map { bora_linear_tasks($0.weight.rows) }) { number, task in
            let projection = op.projections[number]
            var linear = unsafe bora_linear()
            unsafe linear.matrix = matrix(projection.weight, bias: projection.bias)
            unsafe linear.activations = prepared(projection.weight, scratch, index)
            unsafe linear.scale = projection.scale
            unsafe linear.accumulates = projection.accumulates
            unsafe linear.output = numbers(projection.output)
            unsafe run(&linear, op.input, task, scratch, index, worker)
        }
    }

    func gatedLinear(_ op: Operation.GatedLinear, _ index: Int, _ worker: Worker) {
        let scratch = layout.linearScratch(of: op)
        prepare(op.input, scratch, index, worker)
        worker.share(bora_linear_tasks(op.up.rows)) { task in
            var linear = unsafe bora_linear()
            unsafe linear.matrix = matrix(op.up, bias: op.upBias)
            unsafe linear.scale = 1
            unsafe linear.activation = op.activation == .silu ? BORA_SILU : BORA_GELU
            unsafe linear.gate = matrix(op.gate, bias: op.gateBias)
            unsafe linear.activations = prepared(op.up, scratch, index)
            unsafe linear.gate_activations = prepared(op.gate, scratch, index)
            unsafe linear.output = numbers(op.output)
            unsafe run(&linear, op.input, task, scratch, index, worker)
        }
    }

    /// Brings the input into the form that each arithmetic reads.
    private func prepare(
        _ input: Tensor, _ scratch: CPULayout.LinearScratch, _ index: Int, _ worker: Worker
    ) {
        for arithmetic in [BORA_INT8, BORA_FLOAT] {
            guard let offset = scratch[arithmetic] else { continue }
            let target = unsafe self.scratch(ofOperation: index) + offset
            worker.share(bora_tile_count(input.rows)) { tile in
                unsafe bora_prepare_tile(
                    kernels.table, arithmetic, numbers(input), input.rows, input.columns, tile,
                    target)
            }
        }
    }

    private func matrix(_ weight: StoredWeight, bias: StoredWeight?) -> bora_matrix {
        unsafe bora_matrix(
            format: weight.type.kernelFormat, rows: weight.rows, columns: weight.columns,
            packed: packed(weight), bias: bias.map { unsafe vector($0) })
    }

    private func prepared(
        _ weight: StoredWeight, _ scratch: CPULayout.LinearScratch, _ index: Int
    ) -> UnsafeRawPointer {
        let offset = scratch[layout.arithmetic(of: weight.type)]!
        return unsafe UnsafeRawPointer(self.scratch(ofOperation: index) + offset)
    }

    private func run(
        _ linear: inout bora_linear, _ input: Tensor, _ task: Int,
        _ scratch: CPULayout.LinearScratch, _ index: Int, _ worker: Worker
    ) {
        unsafe linear.exact = layout.isExact
        unsafe linear.count = input.rows
        let own =
            unsafe self.scratch(ofOperation: index) + scratch.threads
            + worker.index * scratch.bytesPerThread
        unsafe bora_linear_task(kernels.table, &linear, task, own)
    }
}
