import BoraCore

extension Metadata {
    /// Reads a JSON configuration: `config.json`, `generation_config.json`. The keys of objects in
    /// objects are joined by dots, `rope_scaling.factor`; a member that is `null` is absent.
    package init(reading source: ByteSource) throws(FormatError) {
        guard let object = try JSONValue(reading: source).object else {
            throw FormatError(
                .wrongType, file: source.name, "a configuration must be a JSON object")
        }
        var flattened = FlattenedObject(file: source.name)
        try flattened.add(object, prefix: "", depth: 1)
        self.init(file: source.name, entries: flattened.entries)
    }
}

/// The values of a JSON object and of those in it, by joined keys.
private struct FlattenedObject {
    let file: String
    private(set) var entries: [(key: String, value: MetadataValue)] = []
    private var keys: Set<String> = []

    // Joined keys repeat those of the objects around them, so a small document could ask for much
    // memory. Published configurations are far below these.
    private static let maximumDepth = 16
    private static let maximumKeys = 1 << 16
    private static let maximumKeyBytes = 1024

    init(file: String) { self.file = file }

    mutating func add(
        _ object: JSONObject, prefix: String, depth: Int
    ) throws(FormatError) {
        for member in object.members {
            let key = prefix + member.key
            guard key.utf8.count <= Self.maximumKeyBytes, depth <= Self.maximumDepth,
                entries.count < Self.maximumKeys
            else {
                throw error(
                    .limitExceeded, key,
                    "a configuration has at most \(Self.maximumKeys) keys of "
                        + "\(Self.maximumKeyBytes) bytes, nested \(Self.maximumDepth) deep")
            }
            if case .object(let inner) = member.value {
                try add(inner, prefix: key + ".", depth: depth + 1)
            } else if let value = MetadataValue(member.value) {
                guard keys.insert(key).inserted else {
                    throw error(.duplicateKey, key, "the key occurs twice, once spelled with dots")
                }
                entries.append((key, value))
            }
        }
    }

    private func error(
        _ code: FormatError.Code, _ key: String, _ explanation: String
    ) -> FormatError {
        FormatError(code, file: file, subject: .key(key), explanation)
    }
}

extension MetadataValue {
    /// nil for `null`, and for objects, which have keys of their own.
    fileprivate init?(_ value: JSONValue) {
        switch value {
        case .null, .object: return nil
        case .bool(let truth): self = .bool(truth)
        case .integer(let number): self = .int64(Int64(number))
        case .number(let number): self = .float64(number)
        case .string(let text): self = .string(text)
        case .array(let values): self = .array(.values(values))
        }
    }
}
