import BoraDevices

/// A decoder of pre-norm layers between an embedding and a head: Llama, and the many models that
/// differ from it in a few places of a layer.
struct PreNormDecoder: Sendable {
    let shape: DecoderShape
    /// The window of each layer, in tokens; nil for full attention.
    let windows: [Int?]
    private let embedding: WeightID
    private let layers: [PreNormLayer]
    private let head: OutputHead

    /// - Parameters:
    ///   - windows: of the layers; nil where all have full attention.
    ///   - isTied: as in `OutputHead`.
    ///   - layer: declares a layer.
    init(
        _ values: Hyperparameters, _ shape: DecoderShape, windows: [Int?]? = nil,
        isTied: Bool = false, declaring weights: inout WeightDeclarations,
        layer: (_ index: Int, _ weights: inout WeightDeclarations) throws -> PreNormLayer
    ) throws {
        self.shape = shape
        self.windows = windows ?? Array(repeating: nil, count: shape.layers)
        try values.requireActivation(["silu", "swish"])
        embedding = try weights.embedding(shape)
        layers = try (0..<shape.layers).map { try layer($0, &weights) }
        head = try OutputHead(values, shape, isTied: isTied, declaring: &weights)
    }

    /// Records the pass of one step: the logits of its output rows, `[outputRows, vocabulary]`.
    ///
    /// - Parameter scales: multipliers that few models have.
    func forward(_ pass: inout ForwardPass, _ scales: Scales = Scales()) -> Tensor {
        var x = pass.embed(embedding, scaledBy: scales.embedding)
        for (index, layer) in layers.enumerated() {
            pass.run(layer, index, shape, on: &x, scales)
        }
        return pass.logits(of: &x, head, shape, scaledBy: scales.logits)
    }

    struct Scales: Sendable {
        var embedding: Float = 1
        /// Of what each block adds to the hidden states.
        var residual: Float = 1
        /// Of the attention scores; nil for `1/√headWidth`.
        var attention: Float?
        var logits: Float = 1
    }
}
