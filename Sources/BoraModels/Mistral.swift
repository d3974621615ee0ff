import BoraDevices
import BoraFormats

/// Mistral 7B and Nemo (Jiang et al. 2023, arXiv:2310.06825): Llama with a sliding window in every
/// layer of the first models, and with heads that need not add up to the width. GGUF files call
/// them `llama`, without a window.
struct Mistral: PreNormArchitecture {
    static let names = ["mistral"]

    let decoder: PreNormDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values)
        let window = try values.window()
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        decoder = try PreNormDecoder(
            values, shape, windows: Array(repeating: window, count: shape.layers),
            declaring: &weights
        ) { layer, weights in
            try PreNormLayer(
                layer, shape,
                attention: weights.attention(
                    layer: layer, shape,
                    rotation: rotary.declare(
                        layer: layer, pairing: values.pairingOfLlama, declaring: &weights)),
                feedForward: weights.gatedFeedForward(layer: layer, shape),
                declaring: &weights)
        }
    }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}
