import FoundationEssentials

/// How the commands read and write JSON: keys sorted and in snake case, one object.
enum JSONText {
    /// - Parameter isCompact: on one line.
    static func of(_ value: some Encodable, isCompact: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !isCompact { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Reads a JSON string.
    static func string(_ text: some StringProtocol) throws -> String {
        try JSONDecoder().decode(String.self, from: Data(text.utf8))
    }
}
