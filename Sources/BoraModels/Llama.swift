import BoraDevices
import BoraFormats

/// Llama 1 to 3, and SmolLM 1 and 2, which are Llamas (Touvron et al. 2023, arXiv:2302.13971;
/// Grattafiori et al. 2024, arXiv:2407.21783): a pre-norm transformer with grouped-query attention,
/// rotary positions and a SiLU-gated MLP.
///
/// GGUF stores the rows of the query and key projections so that rotary pairs are neighbours.
struct Llama: PreNormArchitecture {
    static let names = ["llama"]

    let decoder: PreNormDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values)
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        let attentionBias = try values.flag(.attentionBias, default: false)
        let feedForwardBias = try values.flag(.feedForwardBias, default: false)
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

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}

extension Hyperparameters {
    /// How GGUF files of Llama and its relatives order the rows of queries and keys: rotary pairs
    /// are neighbours there, and half a head apart everywhere else.
    var pairingOfLlama: Operation.Rotate.Pairing {
        naming == .gguf ? .interleaved : .halves
    }
}
