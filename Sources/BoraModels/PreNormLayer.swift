import BoraDeviceMapping
import BoraDevices

/// A layer whose blocks each begin with a norm, as those of Llama and of most models after it:
/// `x += attention(norm(x))`, `x += mlp(norm(x))`.
struct PreNormLayer: Sendable {
    let attentionNorm: WeightID
    let attention: AttentionWeights
    let feedForwardNorm: WeightID
    let feedForward: GatedFeedForward

    init(
        _ layer: Int, _ shape: DecoderShape, attention: AttentionWeights,
        feedForward: GatedFeedForward, declaring weights: inout WeightDeclarations
    ) throws {
        attentionNorm = try weights.norm(
            .attentionNorm, layer: layer, width: shape.width,
            part: Part(layer: layer, .attention))
        self.attention = attention
        feedForwardNorm = try weights.norm(
            .feedForwardNorm, layer: layer, width: shape.width,
            part: Part(layer: layer, .feedForward))
        self.feedForward = feedForward
    }
}

extension ForwardPass {
    /// Runs a layer and leaves its result in `x`.
    mutating func run(
        _ layer: PreNormLayer, _ index: Int, _ shape: DecoderShape, on x: inout Tensor,
        _ scales: PreNormDecoder.Scales
    ) {
        begin(Part(layer: index, .attention), carrying: &x)
        let a = normalize(x, by: layer.attentionNorm, epsilon: shape.epsilon)
        let attended = attention(
            a, layer.attention, layer: index, shape, scale: scales.attention)
        linear(attended, layer.attention.output, addedTo: x, scaledBy: scales.residual)

        begin(Part(layer: index, .feedForward), carrying: &x)
        let m = normalize(x, by: layer.feedForwardNorm, epsilon: shape.epsilon)
        let gated = gated(m, layer.feedForward, .silu)
        linear(gated, layer.feedForward.down, addedTo: x, scaledBy: scales.residual)
    }
}
