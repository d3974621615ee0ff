import BoraDevices
import BoraFormats

/// Granite 3, the dense models (IBM 2024): Llama with four multipliers, of the embedding, of what
/// each block adds, of the attention scores and of the logits.
struct Granite: PreNormArchitecture {
    static let names = ["granite"]

    let decoder: PreNormDecoder
    private let scales: PreNormDecoder.Scales

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values)
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        let attentionBias = try values.flag(.attentionBias, default: false)
        let feedForwardBias = try values.flag(.feedForwardBias, default: false)
        scales = try values.scales(shape)
        decoder = try PreNormDecoder(values, shape, declaring: &weights) { layer, weights in
            try PreNormLayer(
                layer, shape,
                attention: weights.attention(
                    layer: layer, shape, bias: .all(attentionBias),
                    rotation: rotary.declare(
                        layer: layer, pairing: values.pairingOfLlama, declaring: &weights)),
                feedForward: weights.gatedFeedForward(
                    layer: layer, shape, hasBias: feedForwardBias),
                declaring: &weights)
        }
    }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass, scales) }
}

extension Hyperparameter {
    fileprivate static let embeddingScale = Self(
        gguf: "embedding_scale", transformers: "embedding_multiplier")
    fileprivate static let residualScale = Self(
        gguf: "residual_scale", transformers: "residual_multiplier")
    fileprivate static let attentionScale = Self(
        gguf: "attention.scale", transformers: "attention_multiplier")
    fileprivate static let logitsDivisor = Self(
        gguf: "logit_scale", transformers: "logits_scaling")
}

extension Hyperparameters {
    fileprivate func scales(_ shape: DecoderShape) throws -> PreNormDecoder.Scales {
        // GGUF files may leave the scale of the scores out; configurations mean 1 by that.
        let attention = naming == .gguf ? Double(shape.attentionScale) : 1
        return PreNormDecoder.Scales(
            embedding: Float(try factor(.embeddingScale, default: 1)),
            residual: Float(try factor(.residualScale, default: 1)),
            attention: Float(try factor(.attentionScale, default: attention)),
            logits: Float(1 / (try factor(.logitsDivisor, default: 1))))
    }
}
