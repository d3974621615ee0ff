import BoraDevices
import BoraFormats

/// Gemma 2 (Riviere et al. 2024, arXiv:2408.00118): norms before and after each block, every other
/// layer with a window, and soft caps on scores and logits. Head and embedding are one table, whose
/// rows are multiplied by the root of the width.
struct Gemma2: ModelArchitecture {
    static let names = ["gemma2"]

    private let decoder: SandwichDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values, headWidth: 256)
        let windows = try values.alternatingWindows(
            layers: shape.layers, width: values.count(.window, default: 4096), pattern: 2)
        let limits = SandwichDecoder.Limits(
            attentionScale: try values.attentionScaleOfGemma(shape, largest: 46),
            scoreCap: try values.softCap(.scoreCap, default: 50),
            logitsCap: try values.softCap(.logitsCap, default: 30))
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        let bias = try values.flag(.attentionBias, default: false)
        decoder = try SandwichDecoder(
            values, shape, windows: windows, limits, declaring: &weights
        ) { layer, weights in
            try weights.attention(
                layer: layer, shape, bias: .all(bias),
                rotation: rotary.declare(layer: layer, pairing: .halves, declaring: &weights))
        }
    }

    var shape: DecoderShape { decoder.shape }
    var caches: [LayerCacheShape] { decoder.caches }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}

extension Hyperparameter {
    fileprivate static let queryScalar = Self(transformers: "query_pre_attn_scalar")
    static let scoreCap = Self(
        gguf: "attn_logit_softcapping", transformers: "attn_logit_softcapping")
    static let logitsCap = Self(
        gguf: "final_logit_softcapping", transformers: "final_logit_softcapping")
}

extension Hyperparameters {
    /// What the scores of Gemma 2 and 3 are multiplied by. GGUF files do not say; their readers
    /// know that the largest model of each family, told by its layers, divides by the root of
    /// another number.
    func attentionScaleOfGemma(_ shape: DecoderShape, largest layers: Int) throws -> Float {
        guard naming == .gguf else {
            return 1 / Float(try factor(.queryScalar, default: 256)).squareRoot()
        }
        let width = shape.layers == layers ? shape.width / shape.heads : shape.headWidth
        return 1 / Float(width).squareRoot()
    }

    /// nil where the checkpoint says that there is none.
    func softCap(_ key: Hyperparameter, default fallback: Double?) throws -> Float? {
        if naming == .transformers, try value(key, as: Double.self) == nil { return nil }
        guard let cap = try value(key, as: Double.self) ?? fallback, cap != 0 else { return nil }
        guard cap.isFinite, cap > 0 else { throw invalid(key, "is \(cap) and must be positive") }
        return Float(cap)
    }
}
