import BoraDevices
import BoraFormats

/// Qwen 3, the dense models (Yang et al. 2025, arXiv:2505.09388): Llama whose queries and keys are
/// normalized head by head before they are rotated.
struct Qwen3: PreNormArchitecture {
    static let names = ["qwen3"]

    let decoder: PreNormDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values, headWidth: 128)
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        let bias = try values.flag(.attentionBias, default: false)
        decoder = try PreNormDecoder(
            values, shape, windows: values.upperWindows(layers: shape.layers), declaring: &weights
        ) { layer, weights in
            var attention = try weights.attention(
                layer: layer, shape, bias: .all(bias),
                rotation: rotary.declare(layer: layer, pairing: .halves, declaring: &weights))
            attention.headNorms = try weights.headNorms(layer: layer, shape)
            return try PreNormLayer(
                layer, shape, attention: attention,
                feedForward: weights.gatedFeedForward(layer: layer, shape), declaring: &weights)
        }
    }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}
