/// A regular expression that is looked for in the names of tensors: `ffn_(up|down)`,
/// `^blk\.[0-3]\.attn`. A name matches when the expression is found anywhere in it.
package struct TensorPattern: Equatable, Sendable, CustomStringConvertible {
    /// No pattern of a person is longer.
    private static let maxLength = 1000

    package let description: String

    /// - Returns: nil when the text is no regular expression, or is empty and would match all.
    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.maxLength, (try? Regex(text)) != nil else {
            return nil
        }
        description = text
    }

    /// The names among `names` that match.
    package func matches(in names: some Sequence<String>) -> Set<String> {
        guard let expression = try? Regex(description) else { return [] }
        return Set(names.filter { $0.contains(expression) })
    }
}

extension TensorPattern: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try String(from: decoder)
        guard let pattern = Self(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "'\(text)' is no regular expression"))
        }
        self = pattern
    }

    package func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
