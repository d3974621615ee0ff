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
        var launches: [[Product]] = []
        for projection in op.projections {
            let product = Product(
                weight: projection.weight, bias: projection.bias, output: projection.output,
                scale: projection.scale, accumulates: projection.accumulates)
            if let last = launches.last, last.count < Self.maxProjections,
                last[0].weight.type == product.weight.type
            {
                launches[launches.count - 1].append(product)
            } else {
                launches.append([product])
            }
        }
        // What is written over while it is read is rounded first, once for all, or else copied.
        let roundings = Set(launches.map { arithmetic($0, of: op.input).rounding })
        guard !op.isInPlace || roundings.count == 1 && roundings.first! != nil else {
            let input = Input(tensor: op.input, place: scratch, norm: norm)
            return [copy(op.input, to: scratch)]
                + launches.map { dispatch($0, of: input, activation: nil, .floats) }
        }
        return dispatches(launches, of: op.input, norm: norm, activation: nil, scratch: scratch)
    }

    /// - Parameter norm: what makes the input, and is still to be computed.
    func gatedLinear(
        _ op: Operation.GatedLinear, norm: Operation.Normalize?, scratch: Handle
    ) -> [Dispatch] {
        let up = Product(weight: op.up, bias: op.upBias, output: op.output)
        let gate = Product(weight: op.gate, bias: op.gateBias, output: op.output)
        return dispatches(
            [[up, gate]], of: op.input, norm: norm, activation: op.activation, scratch: scratch)
    }

    /// Launches of products with one input, which is rounded before the first that wants it so.
    private func dispatches(
        _ launches: [[Product]], of tensor: Tensor, norm: Operation.Normalize?,
        activation: Operation.Activation?, scratch: Handle
    ) -> [Dispatch] {
        let plain = Input(tensor: tensor, place: handle(norm?.input ?? tensor), norm: norm)
        var rounded: (TileArithmetic.Rounding, Input)?
        return launches.flatMap { products -> [Dispatch] in
            let arithmetic = arithmetic(products, of: tensor)
            guard let rounding = arithmetic.rounding else {
                return [dispatch(products, of: plain, activation: activation, arithmetic)]
            }
            if let (done, input) = rounded, done == rounding {
                return [dispatch(products, of: input, activation: activation, arithmetic)]
            }
            let bytes = rounding.bytes(rows: tensor.rows, columns: tensor.columns)
            let place = Handle(
                device: scratch.device, arena: scratch.arena, offset: scratch.offset, bytes: bytes)
            let input = Input(tensor: tensor, place: place, norm: nil)
            rounded = (rounding, input)
            return [
                round(plain, by: rounding, to: place),
                dispatch(products, of: input, activation: activation, arithmetic),
            ]
        }
    }

    private func arithmetic(_ products: [Product], of input: Tensor) -> TileArithmetic {
        guard !layout.isExact, input.rows > Self.maxColumns else { return .floats }
        return traits.tileArithmetic(of: products.map(\.weight.type), columns: input.columns)
    }

    private func round(
        _ input: Input, by rounding: TileArithmetic.Rounding, to place: Handle
    ) -> Dispatch {
        let (rows, columns) = (input.tensor.rows, input.tensor.columns)
        var arguments = ShaderArguments()
        arguments.append(address(input.place))
        arguments.append(address(place))
        arguments.append(count: columns)
        arguments.append(count: rows)
        let (shader, groups) =
            switch rounding {
            case .halves: (Shader.prepareHalves, Dispatch.Groups(x: rows))
            // A workgroup takes 64 blocks of 32 numbers.
            case .bytes:
                (
                    Shader.prepareBytes,
                    Dispatch.Groups(x: Self.groups(columns, of: 64 * 32), y: rows)
                )
            }
        return Dispatch(
            kernel: Kernel(shader: shader, constants: []), arguments: arguments.words,
            groups: groups, reads: [input.place], writes: [place])
    }

    /// - Parameter activation: of the second product, which multiplies the first; nil: each product
    ///   is stored for itself.
    private func dispatch(
        _ products: [Product], of input: Input, activation: Operation.Activation?,
        _ arithmetic: TileArithmetic
    ) -> Dispatch {
        let stored = activation == nil ? products[...] : products[..<1]
        let launch = launch(products, of: input, activation: activation, arithmetic)
        let tiles = stored.reduce(0) { $0 + Self.groups($1.weight.rows, of: launch.outputs) }
        // All tokens of `matvec` are in one tile: its outputs may have both dimensions.
        let lines =
            launch.kernel.shader == .matvec
            ? Self.groups(tiles, of: Self.maxGroups)
            : Self.groups(input.tensor.rows, of: launch.tokens)
        return Dispatch(
            kernel: launch.kernel, arguments: arguments(products, input),
            groups: .init(
                x: launch.kernel.shader == .matvec ? Self.groups(tiles, of: lines) : tiles,
                y: lines),
            reads: [input.place] + stored.filter(\.accumulates).map { handle($0.output) },
            writes: stored.map { handle($0.output) })
    }

    /// The kernel for an input, and the outputs and tokens that one of its workgroups computes.
    private func launch(
        _ products: [Product], of input: Input, activation: Operation.Activation?,
        _ arithmetic: TileArithmetic
    ) -> Launch {
        let format = products[0].weight.type.shaderFormat
        let tokens = input.tensor.rows
        // All that any of these pipelines is made for: formats, what is activated and how.
        let variant = [
            format, activation.shaderValue,
            activation == nil ? 0 : products[1].weight.type.shaderFormat,
        ]
        if tokens <= Self.maxColumns {
            let columns = Self.columns(of: tokens)
            let rows = Self.rows(columns: columns)
            let isWhole = input.tensor.columns.isMultiple(of: Self.unit)
            let constants =
                [groupSize(input.tensor.columns)] + variant
                + [UInt32(columns), UInt32(rows), input.norm == nil ? 0 : 1, isWhole ? 1 : 0]
            return Launch(
                kernel: Kernel(shader: .matvec, constants: constants), outputs: rows,
                tokens: columns)
        }
        let (shader, shape): (Shader, [UInt32]) =
            switch arithmetic {
            case .matrices(let shape):
                (.matmulCooperative, [shape.m, shape.n, shape.k].map { UInt32($0) })
            case .halves: (.matmulHalves, [])
            case .integers: (.matmulIntegers, variant)
            case .floats: (.matmul, variant)
            }
        guard arithmetic.rounding == .halves else {
            return Launch(
                kernel: Kernel(shader: shader, constants: shape), outputs: 64, tokens: 64)
        }
        let rows = products.reduce(0) { $0 + $1.weight.rows }
        let tile = HalvesTile(rows: rows, tokens: tokens, arithmetic, on: traits)
        let constants =
            [UInt32(tile.invocations), format, activation.shaderValue] + tile.constants
            + shape
        return Launch(
            kernel: Kernel(shader: shader, constants: constants),
            outputs: activation == nil ? tile.rows : tile.rows / 2, tokens: tile.tokens)
    }

    private func arguments(_ products: [Product], _ input: Input) -> [UInt32] {
        var arguments = ShaderArguments()
        for product in products {
            arguments.append(address(product.weight))
            arguments.append(product.bias.map(address) ?? 0)
            arguments.append(address(product.output))
            arguments.append(count: product.weight.rows)
            arguments.append(product.scale)
        }
        arguments.pad(toWords: 8 * Self.maxProjections)
        arguments.append(address(input.place))
        arguments.append(count: input.tensor.columns)
        arguments.append(count: input.tensor.rows)
        let accumulating = products.indices.filter { products[$0].accumulates }
        arguments.append(accumulating.reduce(UInt32(0)) { $0 | 1 << UInt32($1) })
        arguments.append(input.norm?.epsilon ?? 0)
        arguments.append(input.norm.map { address($0.weight) } ?? 0)
        return arguments.words
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

/// A kernel, and the outputs and tokens that one of its workgroups computes.
private struct Launch {
    let kernel: Kernel
    let outputs: Int
    let tokens: Int
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
