import BoraDevices

/// Norms that need no launch of their own: the products that follow them, of few tokens, compute
/// them on the way (`matvec.comp`).
struct FusedNorms {
    private var byProduct: [Int: Operation.Normalize] = [:]

    /// - Parameter maxRows: products of more tokens want their input normalized.
    init(_ program: Program, segment: Int, maxRows: Int) {
        let range = program.segments[segment].operations
        guard program.step.rows > 0, !range.isEmpty else { return }
        let uses = Self.uses(in: program)
        for index in range.dropLast() {
            guard case .normalize(let norm) = program.operations[index], !norm.accumulates,
                norm.input.rows <= maxRows, uses[norm.output.id] == 2,
                program.operations[index + 1].multiplies(norm.output)
            else { continue }
            // The products read the norm's input, which was free for what they write.
            let input = program.handle(of: norm.input)
            let written = program.operations[index + 1].outputs.map(program.handle)
            guard !written.contains(where: { $0.offset < input.end && input.offset < $0.end })
            else { continue }
            byProduct[index + 1] = norm
        }
    }

    /// The norm that the products of an operation compute.
    subscript(product index: Int) -> Operation.Normalize? { byProduct[index] }

    /// Whether a norm is computed by the operation after it.
    func contains(_ index: Int) -> Bool { byProduct[index + 1] != nil }

    /// How often each tensor is written or read, by its id.
    private static func uses(in program: Program) -> [Int] {
        var uses: [Int] = []
        func count(_ tensor: Tensor) {
            while uses.count <= tensor.id { uses.append(0) }
            uses[tensor.id] += 1
        }
        count(program.output)
        for operation in program.operations {
            operation.inputs.forEach(count)
            operation.outputs.forEach(count)
        }
        for segment in program.segments {
            for crossing in segment.crossings { count(crossing.source) }
        }
        return uses
    }
}

extension Operation {
    /// Whether it projects a tensor, and nothing else.
    fileprivate func multiplies(_ input: Tensor) -> Bool {
        switch self {
        case .linear(let op): op.input == input
        case .gatedLinear(let op): op.input == input
        default: false
        }
    }
}
