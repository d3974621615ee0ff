import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats

/// The weights of a layer's attention, without its norm.
struct AttentionWeights: Sendable {
    let query: LinearWeights
    let key: LinearWeights
    let value: LinearWeights
    let output: LinearWeights
    /// Norms of each head of the queries and of the keys.
    var headNorms: (query: WeightID, key: WeightID)?
    /// nil where the layer knows no positions.
    let rotation: Rotation?
}

/// Which of a layer's attention projections have a bias.
struct AttentionBias {
    let queryKeyValue: Bool
    let output: Bool

    static let none = AttentionBias(queryKeyValue: false, output: false)

    static func all(_ isThere: Bool) -> AttentionBias {
        AttentionBias(queryKeyValue: isThere, output: isThere)
    }
}

extension WeightDeclarations {
    /// The four projections of a layer's attention.
    mutating func attention(
        layer: Int, _ shape: DecoderShape, bias: AttentionBias = .none, rotation: Rotation?
    ) throws -> AttentionWeights {
        let part = Part(layer: layer, .attention)
        func project(
            _ name: TensorName, _ outputs: Int, _ weights: inout WeightDeclarations
        ) throws -> LinearWeights {
            try weights.linear(
                name, layer: layer, inputs: shape.width, outputs: outputs,
                hasBias: bias.queryKeyValue, part: part)
        }
        return AttentionWeights(
            query: try project(.query, shape.queryWidth, &self),
            key: try project(.key, shape.keyWidth, &self),
            value: try project(.value, shape.keyWidth, &self),
            output: try linear(
                .attentionOutput, layer: layer, inputs: shape.queryWidth, outputs: shape.width,
                hasBias: bias.output, part: part),
            rotation: rotation)
    }

    /// The norms of each head of a layer's queries and keys.
    ///
    /// - Parameter offset: as in `norm`.
    mutating func headNorms(
        layer: Int, _ shape: DecoderShape, plus offset: Float = 0
    ) throws -> (query: WeightID, key: WeightID) {
        let part = Part(layer: layer, .attention)
        return (
            try norm(
                .queryNorm, layer: layer, width: shape.headWidth, plus: offset, part: part),
            try norm(.keyNorm, layer: layer, width: shape.headWidth, plus: offset, part: part)
        )
    }
}

extension ForwardPass {
    /// Attention of a layer up to its output projection: `[rows, heads · headWidth]`. Queries and
    /// keys are normalized by head and rotated where the weights say so.
    ///
    /// - Parameters:
    ///   - input: the normalized hidden states.
    ///   - scale: of the scores; nil for `1/√headWidth`.
    ///   - softCap: limit of the scores, after scaling.
    mutating func attention(
        _ input: Tensor, _ weights: AttentionWeights, layer: Int, _ shape: DecoderShape,
        scale: Float? = nil, softCap: Float? = nil
    ) -> Tensor {
        let qkv = linear(input, [weights.query, weights.key, weights.value])
        if let norms = weights.headNorms {
            normalizeHeads(
                [(qkv[0], by: norms.query), (qkv[1], by: norms.key)], epsilon: shape.epsilon)
        }
        if let rotation = weights.rotation {
            rotate(
                [qkv[0], qkv[1]], headWidth: shape.headWidth, frequencies: rotation.frequencies,
                pairing: rotation.pairing, scaledBy: rotation.scale)
        }
        return attend(
            queries: qkv[0], keys: qkv[1], values: qkv[2], layer: layer, heads: shape.heads,
            scale: scale ?? shape.attentionScale, softCap: softCap)
    }
}
