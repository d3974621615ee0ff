import BoraCore
import BoraDevices
import BoraFormats

/// A family of models: reads its hyperparameters from a checkpoint, declares its weights, and
/// records its forward pass. One file each; `Architectures` lists them.
protocol ModelArchitecture: Sendable {
    /// The names that checkpoints give it (`general.architecture`).
    static var names: [String] { get }

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws

    var shape: DecoderShape { get }
    /// Heads and widths of each layer's keys and values.
    var caches: [LayerCacheShape] { get }

    /// Records the pass of one step, and returns the logits of its output rows:
    /// `[outputRows, vocabulary]`.
    func forward(_ pass: inout ForwardPass) -> Tensor
}

/// An architecture that is a `PreNormDecoder`.
protocol PreNormArchitecture: ModelArchitecture {
    var decoder: PreNormDecoder { get }
}

extension PreNormArchitecture {
    var shape: DecoderShape { decoder.shape }
    var caches: [LayerCacheShape] { decoder.windows.map { shape.cache(window: $0) } }
}

/// What one token's keys and values look like in one layer.
struct LayerCacheShape: Hashable, Sendable {
    let heads: Int
    let keyWidth: Int
    let valueWidth: Int
    /// Tokens that a token sees, its own included; nil for all before it.
    let window: Int?
}

/// The architectures that Bora runs.
package enum Architectures {
    private static let all: [any ModelArchitecture.Type] = [
        Gemma2.self, Gemma3.self, Granite.self, Llama.self, Mistral.self, Phi3.self, Qwen2.self,
        Qwen3.self, SmolLM3.self,
    ]

    package static var names: [String] { all.flatMap { $0.names }.sorted() }

    /// The architecture of a checkpoint, with the weights it declares.
    static func make(
        for values: Hyperparameters, named name: String
    ) throws -> (any ModelArchitecture, WeightDeclarations) {
        let checkpoint = values.checkpoint
        guard let type = all.first(where: { $0.names.contains(name) }) else {
            throw ModelError(.unknownArchitecture(name, known: names), in: checkpoint.name)
        }
        try values.refuseForeignQuantization()
        var weights = WeightDeclarations(checkpoint)
        let architecture = try type.init(values, declaring: &weights)
        try weights.checkAllUsed()
        return (architecture, weights)
    }
}
