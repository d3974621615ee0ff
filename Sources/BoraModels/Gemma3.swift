import BoraDevices
import BoraFormats

/// The language model of Gemma 3 (Kamath et al. 2025, arXiv:2503.19786): Gemma 2 with normalized
/// queries and keys in place of capped scores, a window in five of six layers, and a rotary base of
/// its own for those.
struct Gemma3: ModelArchitecture {
    static let names = ["gemma3", "gemma3_text"]

    let shape: DecoderShape
    private let windows: [Int?]
    private let attentionScale: Float
    private let scoreCap: Float?
    private let logitsCap: Float?
    private let embedding: WeightID
    private let layers: [SandwichLayer]
    private let head: OutputHead

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        if values.naming == .transformers, values.checkpoint.metadata["hidden_size"] == nil {
            throw values.unsupported("Gemma 3 with its vision encoder")
        }
        let shape = try DecoderShape(values, headWidth: 256)
        try values.requireActivation(["gelu_pytorch_tanh", "gelu"])
        let width =
            try values.naming == .gguf
            ? values.value(.window, as: Int.self) : values.count(.window, default: 4096)
        windows = try values.alternatingWindows(
            layers: shape.layers, width: width == 0 ? nil : width, pattern: 6)
        attentionScale = try values.attentionScaleOfGemma(shape, largest: 62)
        scoreCap = try values.softCap(.scoreCap, default: nil)
        logitsCap = try values.softCap(.logitsCap, default: nil)
        let global = try RotaryEmbedding(
            values, shape, declaring: &weights, section: "full_attention", base: 1_000_000)
        let local = try RotaryEmbedding(values, shape, unscaledWithBase: values.localRotaryBase())
        let bias = try values.flag(.attentionBias, default: false)
        embedding = try weights.embedding(shape)
        layers = try windows.enumerated().map { layer, window in
            let rotary = window == nil ? global : local
            var attention = try weights.attention(
                layer: layer, shape, bias: .all(bias),
                rotation: rotary.declare(layer: layer, pairing: .halves, declaring: &weights))
            attention.headNorms = try weights.headNorms(layer: layer, shape, plus: 1)
            return try SandwichLayer(
                layer, shape, attention: attention, normOffset: 1, declaring: &weights)
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

extension Hyperparameters {
    /// The rotary base of the layers with a window, in either spelling of the configuration.
    fileprivate func localRotaryBase() throws -> Double {
        let nested = Hyperparameter(
            gguf: "rope.freq_base_swa", transformers: "rope_parameters.sliding_attention.rope_theta"
        )
        let flat = Hyperparameter(transformers: "rope_local_base_freq")
        if try value(nested, as: Double.self) != nil { return try factor(nested) }
        return try factor(flat, default: 10_000)
    }
}
