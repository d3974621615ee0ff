import BoraDevices

/// A decoder of sandwich layers between an embedding, whose rows are multiplied by the root of the
/// width, and a head, which is the same table: Gemma 2 and 3.
struct SandwichDecoder: Sendable {
    /// What is done to scores and logits.
    struct Limits: Sendable {
        /// Factor of the attention scores.
        let attentionScale: Float
        /// Soft caps; nil for none.
        let scoreCap: Float?
        let logitsCap: Float?
    }

    let shape: DecoderShape
    /// The window of each layer, in tokens; nil for full attention.
    let windows: [Int?]
    private let limits: Limits
    private let embedding: WeightID
    private let layers: [SandwichLayer]
    private let head: OutputHead

    /// What `transformers` adds to the numbers of a norm.
    static let normOffset: Float = 1

    /// - Parameter attention: declares the attention of a layer.
    init(
        _ values: Hyperparameters, _ shape: DecoderShape, windows: [Int?], _ limits: Limits,
        declaring weights: inout WeightDeclarations,
        attention: (_ layer: Int, _ weights: inout WeightDeclarations) throws -> AttentionWeights
    ) throws {
        self.shape = shape
        self.windows = windows
        self.limits = limits
        try values.requireActivation(["gelu_pytorch_tanh", "gelu"])
        embedding = try weights.embedding(shape)
        layers = try (0..<shape.layers).map { layer in
            try SandwichLayer(
                layer, shape, attention: attention(layer, &weights),
                normOffset: Self.normOffset, declaring: &weights)
        }
        head = try OutputHead(
            values, shape, isTied: true, normOffset: Self.normOffset, declaring: &weights)
    }

    var caches: [LayerCacheShape] { windows.map { shape.cache(window: $0) } }

    /// Records the pass of one step: the logits of its output rows, `[outputRows, vocabulary]`.
    func forward(_ pass: inout ForwardPass) -> Tensor {
        var x = pass.embed(embedding, scaledBy: Float(shape.width).squareRoot())
        for (index, layer) in layers.enumerated() {
            pass.run(layer, index, shape, on: &x, limits)
        }
        let logits = pass.logits(of: &x, head, shape)
        if let cap = limits.logitsCap { pass.softCap(logits, at: cap) }
        return logits
    }
}
