import BoraDevices
import CKernels

extension SegmentRun {
    func linear(_ op: Operation.Linear, _ index: Int, _ worker: Worker) {
        let scratch = layout.linearScratch(of: op)
        prepare(op.input, scratch, index, worker)
        let products = unsafe op.projections.map { projection in
            var product = unsafe product(
                with: matrix(projection.weight, bias: projection.bias), of: op.input)
            unsafe product.activations = prepared(projection.weight, scratch, index)
            unsafe product.scale = projection.scale
            unsafe product.accumulates = projection.accumulates
            unsafe product.output = numbers(projection.output)
            return unsafe product
        }
        unsafe share(products, scratch, index, worker)
    }

    func gatedLinear(_ op: Operation.GatedLinear, _ index: Int, _ worker: Worker) {
        let scratch = layout.linearScratch(of: op)
        prepare(op.input, scratch, index, worker)
        var product = unsafe product(with: matrix(op.up, bias: op.upBias), of: op.input)
        unsafe product.gate = matrix(op.gate, bias: op.gateBias)
        unsafe product.activation = op.activation == .silu ? BORA_SILU : BORA_GELU
        unsafe product.activations = prepared(op.up, scratch, index)
        unsafe product.gate_activations = prepared(op.gate, scratch, index)
        unsafe product.output = numbers(op.output)
        unsafe share([product], scratch, index, worker)
    }

    /// Brings the input into the form that each arithmetic reads.
    private func prepare(
        _ input: Tensor, _ scratch: CPULayout.LinearScratch, _ index: Int, _ worker: Worker
    ) {
        for arithmetic in [BORA_INT8, BORA_BFLOAT, BORA_FLOAT] {
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

    private func product(with matrix: bora_matrix, of input: Tensor) -> bora_linear {
        var product = unsafe bora_linear()
        unsafe product.matrix = matrix
        unsafe product.scale = 1
        unsafe product.exact = layout.isExact
        unsafe product.count = input.rows
        return unsafe product
    }

    private func prepared(
        _ weight: StoredWeight, _ scratch: CPULayout.LinearScratch, _ index: Int
    ) -> UnsafeRawPointer {
        let offset = scratch[layout.arithmetic(of: weight.type)]!
        return unsafe UnsafeRawPointer(self.scratch(ofOperation: index) + offset)
    }

    /// Computes products. Who is done early begins to fetch what the next operation reads.
    private func share(
        _ products: [bora_linear], _ scratch: CPULayout.LinearScratch, _ index: Int,
        _ worker: Worker
    ) {
        let own =
            unsafe self.scratch(ofOperation: index) + scratch.threads
            + worker.index * scratch.bytesPerThread
        announceWeights(after: index, worker)
        unsafe products.withUnsafeBufferPointer { products in
            let tasks = unsafe products.map { unsafe bora_linear_tasks($0.matrix.rows) }
            worker.share(tasks) { number, task in
                unsafe bora_linear_task(
                    kernels.table, products.baseAddress! + number, task, own)
            }
        }
    }

    // MARK: What comes next

    /// Bytes of weights that a worker fetches ahead: they fit into the second-level cache beside
    /// everything else.
    private static let bytesAhead = 128 << 10

    /// With more rows in a step arithmetic takes longer than reading.
    private static let rowsAhead = 16

    /// Tells a worker what it is going to read of the next weights after operation `index`, or from
    /// the start of the segment. Between two products memory has nothing to do otherwise.
    func announceWeights(after index: Int?, _ worker: Worker) {
        let operations = program.segments[segment].operations
        let rest = operations[(index.map { $0 + 1 } ?? operations.lowerBound)...]
        for next in rest {
            let matrices = program.operations[next].matricesReadTogether
            guard !matrices.isEmpty else { continue }
            guard program.step.tokens.count <= Self.rowsAhead else { break }
            guard let first = worker.firstChunk(of: matrices.map { bora_linear_tasks($0[0].rows) })
            else { break }
            let group = matrices[first.group]
            return unsafe worker.willRead(
                group.map { unsafe stretch(of: $0, task: first.chunk, of: group.count) })
        }
        unsafe worker.willRead([])
    }

    /// What task `task` and those after it read of a matrix, one of `count`.
    private func stretch(
        of weight: StoredWeight, task: Int, of count: Int
    ) -> UnsafeRawBufferPointer {
        let top = task * BORA_TASK_PANELS * BORA_PANEL_ROWS
        let start = bora_matrix_bytes(weight.type.kernelFormat, top, weight.columns)
        return unsafe UnsafeRawBufferPointer(
            start: packed(weight) + start,
            count: min(weight.handle.bytes - start, Self.bytesAhead / count))
    }
}

extension Operation {
    /// The matrices of a product, by output; those of one output are read side by side.
    fileprivate var matricesReadTogether: [[StoredWeight]] {
        switch self {
        case .linear(let op): op.projections.map { [$0.weight] }
        case .gatedLinear(let op): [[op.gate, op.up]]
        case .embed, .normalize, .normalizeHeads, .softCap, .rotate, .appendKV, .attend, .gather:
            []
        }
    }
}
