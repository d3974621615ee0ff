import BoraCore

/// How products of many tokens are computed, a tile at a time (GPU-KERNELS.md).
package enum TileArithmetic: Hashable, Sendable, CustomStringConvertible {
    /// f16 × f16 → f32 by cooperative matrices.
    case matrices(DeviceTraits.MatrixShape)
    /// 8 bits × 8 bits by integer dot products, scaled in f32.
    case integers
    /// f16 in pairs, which are added up in f32 every 32 products.
    case halves
    case floats

    /// How inputs are rounded, once, before the products.
    enum Rounding {
        case halves
        case bytes
    }

    var rounding: Rounding? {
        switch self {
        case .matrices, .halves: .halves
        case .integers: .bytes
        case .floats: nil
        }
    }

    package var description: String {
        switch self {
        case .matrices(let shape): "cooperative matrices \(shape.m)x\(shape.n)x\(shape.k)"
        case .integers: "integer dot products"
        case .halves: "float16 in pairs"
        case .floats: "float32"
        }
    }
}

extension TileArithmetic.Rounding {
    /// Bytes of `[rows, columns]` rounded inputs with their scales (`prepared.glsl`).
    func bytes(rows: Int, columns: Int) -> Int {
        switch self {
        case .halves: rows * (2 * ((columns + 31) / 32 * 32) + 4)
        case .bytes: rows * ((columns + 127) / 128) * (128 + 4 * 4)
        }
    }
}

extension DeviceTraits {
    /// The fastest arithmetic of the device for the products of one launch, in which inputs of
    /// `columns` numbers meet weights of these types.
    package func tileArithmetic(of types: [ElementType], columns: Int) -> TileArithmetic {
        // Halves are loaded in whole units, and for all of a tile in one order.
        let takesHalves =
            columns.isMultiple(of: SegmentEncoder.unit) && types.allSatisfy { $0 == types[0] }
        if takesHalves, let shape = matrixShape { return .matrices(shape) }
        if hasIntegerDot, types.allSatisfy(\.isQuantized) { return .integers }
        return takesHalves && hasFloat16 ? .halves : .floats
    }

    /// The largest shape of matrices that tiles of `matmul_cooperative.comp` can be made of.
    var matrixShape: MatrixShape? {
        guard (8...64).contains(subgroupSize), 256 <= maxGroupSize else { return nil }
        return matrixShapes.filter {
            16 % $0.m == 0 && 32 % $0.n == 0 && 32 % $0.k == 0
                && HalvesTile.large(lanes: subgroupSize).sharedBytes(shape: $0) <= sharedBytes
        }.max { $0.m * $0.n * $0.k < $1.m * $1.n * $1.k }
    }
}

/// A workgroup's tile of `matmul_halves.glsl`, and the part of it that each team has.
struct HalvesTile {
    let rows: Int
    let tokens: Int
    let teamRows: Int
    let teamTokens: Int
    /// Invocations of a team.
    let lanes: Int

    /// The tile for so many rows of weights and tokens. The larger it is, the more products share
    /// what is loaded; but there have to be enough of them to keep the device busy.
    init(rows: Int, tokens: Int, _ arithmetic: TileArithmetic, on traits: DeviceTraits) {
        guard case .matrices(let shape) = arithmetic else {
            // 8 × 8 sums of an invocation, of which 32 are a team (`matmul_halves.comp`).
            let large = HalvesTile(rows: 128, tokens: 128, teamRows: 64, teamTokens: 32, lanes: 32)
            self = large.isWorthIt(rows, tokens, on: traits) ? large : Self.small(lanes: 32)
            return
        }
        let large = Self.large(lanes: traits.subgroupSize)
        if let wide = Self.wide(shape, on: traits),
            wide.count(rows, tokens) >= 2 * traits.computeUnits
        {
            self = wide
        } else if large.isWorthIt(rows, tokens, on: traits) {
            self = large
        } else {
            self = Self.small(lanes: traits.subgroupSize)
        }
    }

    private init(rows: Int, tokens: Int, teamRows: Int, teamTokens: Int, lanes: Int) {
        self.rows = rows
        self.tokens = tokens
        self.teamRows = teamRows
        self.teamTokens = teamTokens
        self.lanes = lanes
    }

    /// A subgroup has as many sums of matrices as its registers hold.
    static func large(lanes: Int) -> HalvesTile {
        HalvesTile(
            rows: 128, tokens: 128, teamRows: 64, teamTokens: lanes >= 32 ? 64 : 32, lanes: lanes)
    }

    /// nil where it does not fit.
    private static func wide(
        _ shape: DeviceTraits.MatrixShape, on traits: DeviceTraits
    ) -> HalvesTile? {
        let tile = HalvesTile(
            rows: 128, tokens: 256, teamRows: 64, teamTokens: 64, lanes: traits.subgroupSize)
        // Every invocation has a unit of weights to load.
        return tile.teamRows * tile.teamTokens <= traits.sumsPerInvocation * tile.lanes
            && tile.invocations <= min(traits.maxGroupSize, 2 * tile.rows)
            && tile.sharedBytes(shape: shape) <= traits.sharedBytes ? tile : nil
    }

    /// In which no invocation is without a unit of weights to load.
    private static func small(lanes: Int) -> HalvesTile {
        HalvesTile(
            rows: 64, tokens: 64, teamRows: 32, teamTokens: lanes > 32 ? 64 : 32, lanes: lanes)
    }

    /// Whether there are tokens for more than half of it, and as many tiles as keep half of the
    /// device busy.
    private func isWorthIt(_ rows: Int, _ tokens: Int, on traits: DeviceTraits) -> Bool {
        tokens > self.tokens / 2 && 2 * count(rows, tokens) >= traits.computeUnits
    }

    private var teams: Int { rows / teamRows * (tokens / teamTokens) }

    var invocations: Int { teams * lanes }

    var constants: [UInt32] { [rows, tokens, teamRows, teamTokens].map { UInt32($0) } }

    private func count(_ rows: Int, _ tokens: Int) -> Int {
        SegmentEncoder.groups(rows, of: self.rows) * SegmentEncoder.groups(tokens, of: self.tokens)
    }

    /// Shared memory that it takes with cooperative matrices: both tiles in padded rows, and a
    /// matrix and its gates for each team.
    func sharedBytes(shape: DeviceTraits.MatrixShape) -> Int {
        (rows + tokens) * 80 + teams * 2 * shape.m * shape.n * 4
    }
}
