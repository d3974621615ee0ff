import BoraCore
import BoraFormats
import Glibc

/// The hyperparameters of a Llama checkpoint, checked: every size is positive, and the sizes agree
/// with one another.
struct LlamaShape: Sendable {
    let layers: Int
    let width: Int
    let feedForwardWidth: Int
    let heads: Int
    let keyValueHeads: Int
    let headWidth: Int
    /// Elements of each head that rotary embedding turns.
    let rotatedWidth: Int
    let rotaryBase: Double
    /// Positions are divided by this (linear scaling); 1 for none.
    let rotaryScale: Double
    let epsilon: Float
    let vocabulary: Int
    let context: Int

    init(_ checkpoint: Checkpoint) throws {
        let values = Hyperparameters(checkpoint, prefix: "llama.")
        layers = try values.count("block_count")
        width = try values.count("embedding_length")
        feedForwardWidth = try values.count("feed_forward_length")
        heads = try values.count("attention.head_count")
        keyValueHeads = try values.count("attention.head_count_kv", default: heads)
        headWidth = try values.count("attention.key_length", default: width / max(heads, 1))
        rotatedWidth = try values.count("rope.dimension_count", default: headWidth)
        rotaryBase = try values.number("rope.freq_base", default: 10_000)
        epsilon = Float(try values.number("attention.layer_norm_rms_epsilon"))
        context = try values.count("context_length")
        vocabulary = try Self.vocabulary(of: checkpoint, width: width)
        rotaryScale = try Self.rotaryScale(values, in: checkpoint)
        try check(values)
    }

    /// Angle per position of each rotary pair: `base^(-2i / rotated)`, divided by the checkpoint's
    /// factors where it has them (Llama 3.1's scaling) and by the linear scale.
    func rotaryFrequencies(dividedBy factors: [Float]?) -> [Float] {
        (0..<rotatedWidth / 2).map { pair in
            let exponent = -2 * Double(pair) / Double(rotatedWidth)
            let angle = pow(rotaryBase, exponent) / rotaryScale
            return Float(angle / Double(factors?[pair] ?? 1))
        }
    }

    private static func vocabulary(
        of checkpoint: Checkpoint, width: Int
    ) throws -> Int {
        guard let table = checkpoint[tensor: "token_embd.weight"] else {
            throw ModelError(.missingTensor("token_embd.weight"), in: checkpoint.name)
        }
        guard table.shape.extents.count == 2, table.shape.rows > 0, table.shape.columns == width
        else {
            let expected = Shape(max(table.shape.rows, 1), width)
            throw ModelError(
                .wrongShape(tensor: table.name, expected: expected, found: table.shape),
                in: checkpoint.name)
        }
        return table.shape.rows
    }

    private static func rotaryScale(
        _ values: Hyperparameters, in checkpoint: Checkpoint
    ) throws -> Double {
        switch try values.text("rope.scaling.type", default: "none") {
        case "none": return 1
        case "linear": return try values.number("rope.scaling.factor")
        case let other:
            throw ModelError(.unsupportedFeature("rotary scaling '\(other)'"), in: checkpoint.name)
        }
    }

    private func check(_ values: Hyperparameters) throws {
        guard heads.isMultiple(of: keyValueHeads) else {
            throw values.invalid(
                "attention.head_count_kv",
                "is \(keyValueHeads), which does not divide \(heads) heads")
        }
        guard rotatedWidth <= headWidth, rotatedWidth.isMultiple(of: 2) else {
            throw values.invalid(
                "rope.dimension_count",
                "is \(rotatedWidth): odd, or more than a head's \(headWidth)")
        }
        let valueWidth = try values.count("attention.value_length", default: headWidth)
        guard valueWidth == headWidth else {
            throw values.invalid(
                "attention.value_length", "is \(valueWidth), and keys have \(headWidth)")
        }
        guard rotaryBase > 0, rotaryScale > 0 else {
            throw values.invalid("rope.freq_base", "and the scale must be positive")
        }
        guard try values.count("expert_count", default: 0, from: 0) == 0 else {
            throw values.invalid("expert_count", "asks for experts, which Bora does not run yet")
        }
    }
}
