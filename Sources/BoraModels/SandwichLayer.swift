import BoraDeviceMapping
import BoraDevices

/// A layer whose blocks stand between two norms, as those of Gemma 2 and 3:
/// `x += norm(attention(norm(x)))`, `x += norm(mlp(norm(x)))`.
struct SandwichLayer: Sendable {
    let attentionNorm: WeightID
    let attention: AttentionWeights
    let attentionPostNorm: WeightID
    let feedForwardNorm: WeightID
    let feedForward: GatedFeedForward
    let feedForwardPostNorm: WeightID

    /// - Parameter offset: as in `WeightDeclarations.norm`.
    init(
        _ layer: Int, _ shape: DecoderShape, attention: AttentionWeights, normOffset offset: Float,
        declaring weights: inout WeightDeclarations
    ) throws {
        func norm(
            _ name: TensorName, _ part: Part, _ weights: inout WeightDeclarations
        ) throws -> WeightID {
            try weights.norm(name, layer: layer, width: shape.width, plus: offset, part: part)
        }
        let attentionPart = Part(layer: layer, .attention)
        let feedForwardPart = Part(layer: layer, .feedForward)
        self.attention = attention
        attentionNorm = try norm(.attentionNorm, attentionPart, &weights)
        attentionPostNorm = try norm(.attentionPostNorm, attentionPart, &weights)
        feedForwardNorm = try norm(.feedForwardPreNorm, feedForwardPart, &weights)
        feedForward = try weights.gatedFeedForward(layer: layer, shape)
        feedForwardPostNorm = try norm(.feedForwardPostNorm, feedForwardPart, &weights)
    }
}

extension TensorName {
    fileprivate static let attentionPostNorm = Self(
        gguf: "post_attention_norm", transformers: "post_attention_layernorm")
    fileprivate static let feedForwardPreNorm = Self(
        gguf: "ffn_norm", transformers: "pre_feedforward_layernorm")
    fileprivate static let feedForwardPostNorm = Self(
        gguf: "post_ffw_norm", transformers: "post_feedforward_layernorm")
}

extension ForwardPass {
    /// Runs a layer and leaves its result in `x`.
    mutating func run(
        _ layer: SandwichLayer, _ index: Int, _ shape: DecoderShape, on x: inout Tensor,
        _ limits: SandwichDecoder.Limits
    ) {
        begin(Part(layer: index, .attention), carrying: &x)
        let a = normalize(x, by: layer.attentionNorm, epsilon: shape.epsilon)
        let attended = attention(
            a, layer.attention, layer: index, shape, scale: limits.attentionScale,
            softCap: limits.scoreCap)
        let projected = linear(attended, layer.attention.output)
        normalize(projected, by: layer.attentionPostNorm, epsilon: shape.epsilon, addedTo: x)

        begin(Part(layer: index, .feedForward), carrying: &x)
        let m = normalize(x, by: layer.feedForwardNorm, epsilon: shape.epsilon)
        let down = linear(gated(m, layer.feedForward, .gelu), layer.feedForward.down)
        normalize(down, by: layer.feedForwardPostNorm, epsilon: shape.epsilon, addedTo: x)
    }
}
