import BoraCore
import BoraDeviceMapping
import BoraFormats

/// Reads the hyperparameters of a checkpoint by the names of its convention, and refuses values
/// that no model can have.
struct Hyperparameters {
    let checkpoint: Checkpoint

    private let plannedLength: Int?

    init(_ checkpoint: Checkpoint, plannedLength: Int? = nil) {
        self.checkpoint = checkpoint
        self.plannedLength = plannedLength
    }

    /// The longest sequence that the model is planned for, in tokens. Rotary scalings that depend
    /// on the length are chosen by it, once: keys in the cache cannot be turned again.
    func plannedLength(context: Int) -> Int {
        plannedLength ?? min(MappingPolicy().maxSequenceLength, context)
    }

    var naming: Checkpoint.Naming { checkpoint.naming }

    /// The value of a key, `nil` when the checkpoint does not have it.
    func value<Value: MetadataReadable>(
        _ key: Hyperparameter, as type: Value.Type = Value.self
    ) throws -> Value? {
        guard let name = name(of: key) else { return nil }
        return try checkpoint.metadata.value(name, as: Value.self)
    }

    /// A size: at least `minimum`, and small enough that products of a few of them do not overflow.
    func count(
        _ key: Hyperparameter, default fallback: Int? = nil, from minimum: Int = 1
    ) throws -> Int {
        guard let value = try value(key, as: Int.self) ?? fallback else { throw missing(key) }
        guard value >= minimum, value <= 1 << 24 else {
            throw invalid(key, "is \(value), outside \(minimum) … \(1 << 24)")
        }
        return value
    }

    /// A finite number of 0 or more.
    func number(
        _ key: Hyperparameter, default fallback: Double? = nil
    ) throws -> Double {
        guard let value = try value(key, as: Double.self) ?? fallback else { throw missing(key) }
        guard value.isFinite, value >= 0 else { throw invalid(key, "is \(value)") }
        return value
    }

    /// A finite number above 0.
    func factor(
        _ key: Hyperparameter, default fallback: Double? = nil
    ) throws -> Double {
        let value = try number(key, default: fallback)
        guard value > 0 else { throw invalid(key, "is 0 and must be positive") }
        return value
    }

    func flag(_ key: Hyperparameter, default fallback: Bool) throws -> Bool {
        try value(key) ?? fallback
    }

    func invalid(_ key: Hyperparameter, _ reason: String) -> ModelError {
        let name = name(of: key) ?? key.gguf ?? key.transformers ?? ""
        return ModelError(
            .invalidHyperparameter(key: name, reason: reason), in: checkpoint.name)
    }

    func missing(_ key: Hyperparameter) -> ModelError { invalid(key, "is missing") }

    func unsupported(_ feature: String) -> ModelError {
        ModelError(.unsupportedFeature(feature), in: checkpoint.name)
    }

    private func name(of key: Hyperparameter) -> String? {
        switch checkpoint.naming {
        case .gguf: key.gguf.map { "\(checkpoint.architecture).\($0)" }
        case .transformers: key.transformers
        }
    }
}
