/// The hyperparameters and other facts of a checkpoint: values by key, in the file's order.
///
/// A missing key is `nil` or the caller's default; a key with a value of another type is always an
/// error, because a default in its place would load a different model.
package struct Metadata: Sendable {
    /// The file's name, for messages.
    package let file: String
    /// The keys in the file's order.
    package let keys: [String]
    private let values: [String: MetadataValue]

    /// Entries whose keys are known to differ.
    init(file: String, entries: [(key: String, value: MetadataValue)]) {
        self.file = file
        keys = entries.map(\.key)
        values = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) })
    }

    package subscript(key: String) -> MetadataValue? { values[key] }

    /// The value of a key, `nil` when the file does not have the key.
    package func value<Value: MetadataReadable>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(FormatError) -> Value? {
        guard let value = values[key] else { return nil }
        guard let read = try Value.read(value) else {
            throw FormatError(
                .wrongType, file: file, subject: .key(key),
                "it should be \(Value.metadataName), but the file holds the \(value.type) "
                    + FormatError.quoted(value.description))
        }
        return read
    }

    package func value<Value: MetadataReadable>(
        _ key: String, default fallback: Value
    ) throws(FormatError) -> Value {
        try value(key, as: Value.self) ?? fallback
    }

    /// The value of a key that the caller cannot do without.
    package func require<Value: MetadataReadable>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(FormatError) -> Value {
        guard let value = try value(key, as: type) else {
            throw FormatError(
                .missingKey, file: file, subject: .key(key),
                "the file does not have this key, which the model needs")
        }
        return value
    }
}
