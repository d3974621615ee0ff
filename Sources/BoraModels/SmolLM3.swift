import BoraDevices
import BoraFormats

/// SmolLM 3 (Hugging Face 2025): Llama in which every fourth layer knows no positions (NoPE, Yang
/// et al. 2025, arXiv:2501.18795).
struct SmolLM3: PreNormArchitecture {
    static let names = ["smollm3"]

    let decoder: PreNormDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values)
        let rotates = try values.rotatingLayers(count: shape.layers)
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights, base: 2_000_000)
        let attentionBias = try values.flag(.attentionBias, default: false)
        let feedForwardBias = try values.flag(.feedForwardBias, default: false)
        decoder = try PreNormDecoder(
            values, shape, windows: values.windowsOfUnrotatedLayers(rotates), isTied: true,
            declaring: &weights
        ) { layer, weights in
            let rotation =
                rotates[layer]
                ? rotary.declare(
                    layer: layer, pairing: values.pairingOfLlama, declaring: &weights) : nil
            return try PreNormLayer(
                layer, shape,
                attention: weights.attention(
                    layer: layer, shape, bias: .all(attentionBias), rotation: rotation),
                feedForward: weights.gatedFeedForward(
                    layer: layer, shape, hasBias: feedForwardBias),
                declaring: &weights)
        }
    }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}

extension Hyperparameters {
    private static let rotatingLayers = Hyperparameter(transformers: "no_rope_layers")
    private static let interval = Hyperparameter(transformers: "no_rope_layer_interval")

    /// Whether each layer rotates queries and keys. (In `no_rope_layers`, despite its name, 1
    /// stands for a layer that does.)
    fileprivate func rotatingLayers(count: Int) throws -> [Bool] {
        if let flags = try value(Self.rotatingLayers, as: [Int].self) {
            guard flags.count == count else {
                throw invalid(
                    Self.rotatingLayers, "has \(flags.count) entries for \(count) layers")
            }
            return flags.map { $0 != 0 }
        }
        let interval = try self.count(Self.interval, default: 4)
        return (0..<count).map { !($0 + 1).isMultiple(of: interval) }
    }

    fileprivate func windowsOfUnrotatedLayers(_ rotates: [Bool]) throws -> [Int?] {
        let isUsed = try flag(.usesWindow, default: false)
        let width = isUsed ? try window() : nil
        return try windows(layers: rotates.count, width: width) { !rotates[$0] }
    }
}
