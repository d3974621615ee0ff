import BoraCore
import BoraDevices

extension SegmentEncoder {
    /// Projections of one launch (`MAX_PROJECTIONS` in `linear.glsl`).
    private static let maxProjections = 3
    /// Tokens up to which every weight is loaded once; more go through tiles.
    static let maxColumns = 8

    /// A launch for each run of projections of one format, up to three.
    ///
    /// - Parameter norm: what makes the input, and is still to be computed.
    func linear(
        _ op: Operation.Linear, norm: Operation.Normalize?, scratch: Handle
    ) -> [Dispatch] {
        let copies = op.isInPlace ? [copy(op.input, to: scratch)] : []
        let input = Input(
            tensor: op.input, place: op.isInPlace ? scratch : handle(norm?.input ?? op.input),
            norm: norm)
        var launches: [[Operation.Linear.Projection]] = []
        for projection in op.projections {
            if let last = launches.last, last.count < Self.maxProjections,
                last[0].weight.type == projection.weight.type
            {
                launches[launches.count - 1].append(projection)
            } else {
                launches.append([projection])
            }
        }
        return copies
            + launches.map { projections in
                let products = projections.map {
                    Product(
                        weight: $0.weight, bias: $0.bias, output: $0.output, scale: $0.scale,
                        accumulates: $0.accumulates)
                }
                return dispatch(products, of: input, activation: nil)
            }
    }

    /// - Parameter norm: what makes the input, and is still to be computed.
    func gatedLinear(_ op: Operation.GatedLinear, norm: Operation.Normalize?) -> Dispatch {
        let up = Product(weight: op.up, bias: op.upBias, output: op.output)
        let gate = Product(weight: op.gate, bias: op.gateBias, output: op.output)
        let input = Input(tensor: op.input, place: handle(norm?.input ?? op.input), norm: norm)
        return dispatch([up, gate], of: input, activation: op.activation)
    }

    /// - Parameter activation: of the second product, which multiplies the first; nil: each product
    ///   is stored for itself.
    private func dispatch(
        _ products: [Product], of input: Input, activation: Operation.Activation?
    ) -> Dispatch {
        // All that any of the pipelines is made for: the format, what is activated and how.
        let variant = [
            products[0].weight.type.shaderFormat, activation.shaderValue,
            activation == nil ? 0 : products[1].weight.type.shaderFormat,
        ]
        // Cooperative matrices are activated as they are, without a bias.
        let (kernel, outputs, tokens) = kernel(
            variant, input,
            allowsMatrices: activation == nil || products.allSatisfy { $0.bias == nil })
        let stored = activation == nil ? products[...] : products[..<1]
        return Dispatch(
            kernel: kernel, arguments: arguments(products, input),
            groups: .init(
                x: stored.reduce(0) { $0 + Self.groups($1.weight.rows, of: outputs) },
                y: Self.groups(input.tensor.rows, of: tokens)),
            reads: [input.place] + stored.filter(\.accumulates).map { handle($0.output) },
            writes: stored.map { handle($0.output) })
    }

    /// The kernel for an input, and the outputs and tokens that one of its workgroups computes.
    ///
    /// - Parameter allowsMatrices: whether cooperative matrices can compute it.
    private func kernel(
        _ variant: [UInt32], _ input: Input, allowsMatrices: Bool
    ) -> (kernel: Kernel, outputs: Int, tokens: Int) {
        let tokens = input.tensor.rows
        if tokens <= Self.maxColumns {
            let columns = Self.columns(of: tokens)
            let rows = Self.rows(columns: columns)
            let constants =
                [groupSize(input.tensor.columns)] + variant
                + [UInt32(columns), UInt32(rows), input.norm == nil ? 0 : 1]
            return (Kernel(shader: .matvec, constants: constants), rows, columns)
        }
        if allowsMatrices, let shape = matrixShape {
            // Tokens of a tile.
            let width = tokens > 64 && traits.subgroupSize * 8 <= traits.maxGroupSize ? 128 : 64
            let constants =
                [UInt32(width / 16 * traits.subgroupSize)] + variant
                + [shape.m, shape.n, shape.k, width].map { UInt32($0) }
            return (Kernel(shader: .matmulCooperative, constants: constants), 128, width)
        }
        return (Kernel(shader: .matmul, constants: variant), 64, 64)
    }

    /// The shape of matrices that products are computed with; nil where the device has none that
    /// fits the tiles of `matmul_cooperative.comp`, or arithmetic has to be exact. Large ones
    /// first.
    private var matrixShape: DeviceTraits.MatrixShape? {
        guard !layout.isExact, (8...64).contains(traits.subgroupSize),
            4 * traits.subgroupSize <= traits.maxGroupSize, traits.sharedBytes >= 32 << 10
        else { return nil }
        return traits.matrixShapes.filter {
            64 % $0.m == 0 && 32 % $0.n == 0 && 32 % $0.k == 0 && $0.m * $0.n <= 256
        }.max { $0.m * $0.n * $0.k < $1.m * $1.n * $1.k }
    }

    private func arguments(_ products: [Product], _ input: Input) -> [UInt8] {
        var arguments = ShaderArguments()
        for product in products {
            arguments.append(address(product.weight))
            arguments.append(product.bias.map(address) ?? 0)
            arguments.append(address(product.output))
            arguments.append(count: product.weight.rows)
            arguments.append(product.scale)
        }
        while arguments.bytes.count < 32 * Self.maxProjections { arguments.append(UInt64(0)) }
        arguments.append(address(input.place))
        arguments.append(count: input.tensor.columns)
        arguments.append(count: input.tensor.rows)
        let accumulating = products.indices.filter { products[$0].accumulates }
        arguments.append(accumulating.reduce(UInt32(0)) { $0 | 1 << UInt32($1) })
        arguments.append(input.norm?.epsilon ?? 0)
        arguments.append(input.norm.map { address($0.weight) } ?? 0)
        return arguments.bytes
    }

    /// Tokens that a pipeline is made for: few pipelines serve all numbers of them.
    private static func columns(of tokens: Int) -> Int {
        [1, 2, 4].first { tokens <= $0 } ?? maxColumns
    }

    /// Rows of a workgroup: the sums of all tokens have to stay in registers.
    private static func rows(columns: Int) -> Int { columns <= 2 ? 4 : 2 }

    /// Invocations of a workgroup that shares the units of `width` numbers: one for each, in whole
    /// subgroups, as more invocations keep more loads on their way.
    private func groupSize(_ width: Int) -> UInt32 {
        let units = Self.groups(width, of: Self.unit)
        let most = min(128, traits.maxGroupSize)
        var size = max(traits.subgroupSize, 8)
        while size < units, 2 * size <= most { size *= 2 }
        return UInt32(size)
    }
}

/// What the products of a launch are of.
private struct Input {
    let tensor: Tensor
    /// Where its numbers, or those of which they are the norm, lie.
    let place: Handle
    let norm: Operation.Normalize?
}

/// One product of a launch.
private struct Product {
    let weight: StoredWeight
    let bias: StoredWeight?
    let output: Tensor
    var scale: Float = 1
    var accumulates = false
}

extension Operation.Activation? {
    /// As `linear.glsl` counts them.
    fileprivate var shaderValue: UInt32 {
        switch self {
        case nil: 0
        case .silu: 1
        case .gelu: 2
        }
    }
}
