import BoraCore
import BoraDevices
import BoraFormats

/// A family of models: reads its hyperparameters from a checkpoint, declares its weights, and
/// records its forward pass. One file each; `Architectures` lists them.
package protocol ModelArchitecture: Sendable {
    /// The names that checkpoints give it (`general.architecture`).
    static var names: [String] { get }

    init(
        _ checkpoint: Checkpoint, declaring weights: inout WeightDeclarations
    ) throws

    var layerCount: Int { get }
    var vocabularySize: Int { get }
    /// Longest sequence that the model was trained for, in tokens.
    var contextLength: Int { get }
    /// Heads and widths of each layer's keys and values.
    var caches: [LayerCacheShape] { get }

    /// Records the pass of one step, and returns the logits of its output rows:
    /// `[outputRows, vocabulary]`.
    func forward(_ pass: inout ForwardPass) -> Tensor
}

/// What one token's keys and values look like in one layer.
package struct LayerCacheShape: Hashable, Sendable {
    package let heads: Int
    package let keyWidth: Int
    package let valueWidth: Int
    /// Tokens that a token sees, its own included; nil for all before it.
    package let window: Int?

    package init(heads: Int, keyWidth: Int, valueWidth: Int, window: Int? = nil) {
        self.heads = heads
        self.keyWidth = keyWidth
        self.valueWidth = valueWidth
        self.window = window
    }
}

/// The architectures that Bora runs.
package enum Architectures {
    private static let all: [any ModelArchitecture.Type] = [
        Llama.self
    ]

    package static var names: [String] { all.flatMap { $0.names }.sorted() }

    /// The architecture of a checkpoint, with the weights it declares.
    static func make(
        for checkpoint: Checkpoint, named name: String
    ) throws -> (any ModelArchitecture, WeightDeclarations) {
        guard let type = all.first(where: { $0.names.contains(name) }) else {
            throw ModelError(.unknownArchitecture(name, known: names), in: checkpoint.name)
        }
        var weights = WeightDeclarations(checkpoint)
        let architecture = try type.init(checkpoint, declaring: &weights)
        try weights.checkAllUsed()
        return (architecture, weights)
    }
}
