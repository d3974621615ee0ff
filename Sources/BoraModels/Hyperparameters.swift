import BoraCore
import BoraFormats

/// Reads the hyperparameters of one architecture, and refuses values that no model can have.
struct Hyperparameters {
    private let checkpoint: Checkpoint
    private let prefix: String

    init(_ checkpoint: Checkpoint, prefix: String) {
        self.checkpoint = checkpoint
        self.prefix = prefix
    }

    /// A size: at least `minimum`, and small enough that products of a few of them do not overflow.
    func count(
        _ key: String, default fallback: Int? = nil, from minimum: Int = 1
    ) throws -> Int {
        guard let value = try checkpoint.metadata.value(prefix + key, as: Int.self) ?? fallback
        else { throw missing(key) }
        guard value >= minimum, value <= 1 << 24 else {
            throw invalid(key, "is \(value), outside \(minimum) … \(1 << 24)")
        }
        return value
    }

    func number(
        _ key: String, default fallback: Double? = nil
    ) throws -> Double {
        guard let value = try checkpoint.metadata.value(prefix + key, as: Double.self) ?? fallback
        else { throw missing(key) }
        guard value.isFinite, value >= 0 else { throw invalid(key, "is \(value)") }
        return value
    }

    func text(_ key: String, default fallback: String) throws -> String {
        try checkpoint.metadata.value(prefix + key, default: fallback)
    }

    func invalid(_ key: String, _ reason: String) -> ModelError {
        ModelError(
            .invalidHyperparameter(key: prefix + key, reason: reason), in: checkpoint.name)
    }

    private func missing(_ key: String) -> ModelError { invalid(key, "is missing") }
}
