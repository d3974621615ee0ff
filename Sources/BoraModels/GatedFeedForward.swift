import BoraDeviceMapping
import BoraDevices

/// The weights of a gated MLP: `down(f(gate(x)) ⊙ up(x))` (Shazeer 2020, arXiv:2002.05202).
struct GatedFeedForward: Sendable {
    let gate: LinearWeights
    let up: LinearWeights
    let down: LinearWeights
}

extension WeightDeclarations {
    mutating func gatedFeedForward(
        layer: Int, _ shape: DecoderShape, hasBias: Bool = false
    ) throws -> GatedFeedForward {
        let part = Part(layer: layer, .feedForward)
        func project(
            _ name: TensorName, _ inputs: Int, _ outputs: Int, _ weights: inout WeightDeclarations
        ) throws -> LinearWeights {
            try weights.linear(
                name, layer: layer, inputs: inputs, outputs: outputs, hasBias: hasBias, part: part)
        }
        return GatedFeedForward(
            gate: try project(.gate, shape.width, shape.feedForwardWidth, &self),
            up: try project(.up, shape.width, shape.feedForwardWidth, &self),
            down: try project(.down, shape.feedForwardWidth, shape.width, &self))
    }
}

extension ForwardPass {
    /// `f(gate(x)) ⊙ up(x)`: what the down projection takes.
    mutating func gated(
        _ input: Tensor, _ weights: GatedFeedForward, _ activation: Operation.Activation
    ) -> Tensor {
        gatedLinear(input, gate: weights.gate, up: weights.up, activation: activation)
    }
}
