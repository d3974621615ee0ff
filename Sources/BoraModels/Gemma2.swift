import BoraDevices
import BoraFormats

/// Gemma 2 (Riviere et al. 2024, arXiv:2408.00118): norms before and after each block, every other
/// layer with a window, and soft caps on scores and logits. Head and embedding are one table, whose
/// rows are multiplied by the root of the width.
struct Gemma2: ModelArchitecture {
    static let names = ["gemma2"]

    let shape: DecoderShape
    private let windows: [Int?]
    private let attentionScale: Float
    private let scoreCap: Float?
    private let logitsCap: Float?
    private let embedding: WeightID
    private let layers: [SandwichLayer]
    private let head: OutputHead

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values, headWidth: 256)
        try values.requireActivation(["gelu_pytorch_tanh", "gelu"])
        windows = try values.alternatingWindows(
            layers: shape.layers, width: values.count(.window, default: 4096), pattern: 2)
        attentionScale = try values.attentionScaleOfGemma(shape, largest: 46)
        scoreCap = try values.softCap(.scoreCap, default: 50)
        logitsCap = try values.softCap(.logitsCap, default: 30)
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        let bias = try values.flag(.attentionBias, default: false)
        embedding = try weights.embedding(shape)
        layers = try (0..<shape.layers).map { layer in
            try SandwichLayer(
                layer, shape,
                attention: weights.attention(
                    layer: layer, shape, bias: .all(bias),
                    rotation: rotary.declare(
                        layer: layer, pairing: .halves, declaring: &weights)),
                normOffset: 1, declaring: &weights)
        }
        head = try OutputHead(values, shape, isTied: true, normOffset: 1, declaring: &weights)
        self.shape = shape
    }

    var caches: [LayerCacheShape] { windows.map { shape.cache(window: $0) } }

    func forward(_ pass: inout ForwardPass) -> Tensor {
        var x = pass.embed(embedding, scaledBy: Float(shape.width).squareRoot())
        for (index, layer) in layers.enumerated() {
            pass.run(
                layer, index, shape, on: &x, attentionScale: attentionScale, scoreCap: scoreCap)
        }
        let logits = pass.logits(of: &x, head, shape)
        if let logitsCap { pass.softCap(logits, at: logitsCap) }
        return logits
    }
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
