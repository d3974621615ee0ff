import BoraDeviceMapping
import BoraDevices

/// What stands behind the layers of a decoder.
struct OutputHead: Sendable {
    let norm: WeightID
    let projection: LinearWeights

    /// - Parameters:
    ///   - isTied: whether models of this family share the embedding table as their head when the
    ///     configuration does not say.
    ///   - normOffset: as in `WeightDeclarations.norm`.
    init(
        _ values: Hyperparameters, _ shape: DecoderShape, isTied: Bool = false,
        normOffset: Float = 0, declaring weights: inout WeightDeclarations
    ) throws {
        norm = try weights.norm(
            .finalNorm, layer: nil, width: shape.width, plus: normOffset, part: .head)
        projection = try weights.head(shape, isTied: values.flag(.isTied, default: isTied))
    }
}

extension ForwardPass {
    /// The logits of the rows that are wanted: `head(norm(x))`, times `scale`.
    mutating func logits(
        of x: inout Tensor, _ head: OutputHead, _ shape: DecoderShape, scaledBy scale: Float = 1
    ) -> Tensor {
        begin(.head, carrying: &x)
        let last = normalize(outputRows(of: x), by: head.norm, epsilon: shape.epsilon)
        return linear(last, head.projection, scaledBy: scale)
    }
}
