import BoraCore

extension JSONValue {
    /// Reads a JSON file of a model.
    init(reading source: ByteSource) throws(FormatError) {
        if let other = UnreadableFile(source).other {
            throw FormatError(.unrecognizedFile, file: source.name, offset: 0, other)
        }
        guard source.isComplete else {
            throw FormatError(
                .truncated, file: source.name, offset: source.knownCount,
                "the file ends after \(source.knownCount) of its \(source.count) bytes")
        }
        do {
            self = try JSONValue(parsing: source)
        } catch {
            throw FormatError(error)
        }
    }
}
