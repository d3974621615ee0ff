import BoraDeviceMapping
import BoraDevices
import BoraFormats

/// Phi 3, 3.5 and 4 mini (Abdin et al. 2024, arXiv:2404.14219): Llama whose checkpoints keep
/// queries, keys and values in one tensor, and gate and up projection in another; long contexts by
/// a list of factors for each pair of a head.
struct Phi3: PreNormArchitecture {
    static let names = ["phi3"]

    let decoder: PreNormDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        let shape = try DecoderShape(values)
        // GGUF files name windows that their models were not trained with.
        let window = values.naming == .gguf ? nil : try values.window()
        let rotary = try RotaryEmbedding(values, shape, declaring: &weights)
        decoder = try PreNormDecoder(
            values, shape, windows: Array(repeating: window, count: shape.layers),
            declaring: &weights
        ) { layer, weights in
            try PreNormLayer(
                layer, shape,
                attention: weights.fusedAttention(
                    layer: layer, shape,
                    rotation: rotary.declare(
                        layer: layer, pairing: .halves, declaring: &weights)),
                feedForward: weights.fusedFeedForward(layer: layer, shape), declaring: &weights)
        }
    }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}

extension TensorName {
    fileprivate static let queryKeyValue = Self(
        gguf: "attn_qkv", transformers: "self_attn.qkv_proj")
    fileprivate static let gateUp = Self(gguf: "ffn_up", transformers: "mlp.gate_up_proj")
}

extension WeightDeclarations {
    /// Queries, then keys, then values, in the rows of one tensor.
    fileprivate mutating func fusedAttention(
        layer: Int, _ shape: DecoderShape, rotation: Rotation
    ) throws -> AttentionWeights {
        let part = Part(layer: layer, .attention)
        let (queries, keys) = (shape.queryWidth, shape.keyWidth)
        func project(
            _ outputs: Range<Int>, _ weights: inout WeightDeclarations
        ) throws -> LinearWeights {
            try weights.linear(
                outputs, of: .queryKeyValue, total: queries + 2 * keys, layer: layer,
                inputs: shape.width, part: part)
        }
        return AttentionWeights(
            query: try project(0..<queries, &self),
            key: try project(queries..<queries + keys, &self),
            value: try project(queries + keys..<queries + 2 * keys, &self),
            output: try linear(
                .attentionOutput, layer: layer, inputs: queries, outputs: shape.width, part: part),
            rotation: rotation)
    }

    /// Gate, then up, in the rows of one tensor.
    fileprivate mutating func fusedFeedForward(
        layer: Int, _ shape: DecoderShape
    ) throws -> GatedFeedForward {
        let part = Part(layer: layer, .feedForward)
        let width = shape.feedForwardWidth
        func project(
            _ outputs: Range<Int>, _ weights: inout WeightDeclarations
        ) throws -> LinearWeights {
            try weights.linear(
                outputs, of: .gateUp, total: 2 * width, layer: layer, inputs: shape.width,
                part: part)
        }
        return GatedFeedForward(
            gate: try project(0..<width, &self), up: try project(width..<2 * width, &self),
            down: try linear(
                .down, layer: layer, inputs: width, outputs: shape.width, part: part))
    }
}
