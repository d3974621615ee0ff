import BoraDevices
import BoraFormats

/// Qwen 2 and 2.5 (Yang et al. 2024, arXiv:2407.10671): Llama with biases on queries, keys and
/// values; some have a sliding window in their upper layers.
struct Qwen2: PreNormArchitecture {
    static let names = ["qwen2"]

    let decoder: PreNormDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values)
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        decoder = try PreNormDecoder(
            values, shape, windows: values.upperWindows(layers: shape.layers), declaring: &weights
        ) { layer, weights in
            try PreNormLayer(
                layer, shape,
                attention: weights.attention(
                    layer: layer, shape, bias: AttentionBias(queryKeyValue: true, output: false),
                    rotation: rotary.declare(
                        layer: layer, pairing: .halves, declaring: &weights)),
                feedForward: weights.gatedFeedForward(layer: layer, shape),
                declaring: &weights)
        }
    }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}
