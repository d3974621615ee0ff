/// Puts the lines typed in a chat together to entries.
package struct ChatParser: Sendable {
    private static let quotes = "\"\"\""

    /// The lines of a message of many lines, up to now.
    private var block: [String]?

    package init() {}

    /// Between two `"""`.
    package var isInBlock: Bool { block != nil }

    /// Takes a line; nil when it says nothing, or when the message it belongs to goes on.
    package mutating func take(_ line: String) throws(ChatError) -> ChatEntry? {
        guard block == nil else { return continueBlock(line) }
        let text = line.trimmingSpaces
        if text.hasPrefix(Self.quotes) {
            block = []
            return continueBlock(String(line.drop(while: \.isWhitespace).dropFirst(3)))
        }
        if text.hasPrefix("/") { return try ChatEntry(command: text) }
        return text.isEmpty ? nil : .message(line)
    }

    /// Forgets a message that was begun.
    package mutating func reset() { block = nil }

    private mutating func continueBlock(_ line: String) -> ChatEntry? {
        var lines = block ?? []
        let end = line.trimmingSpaces
        guard end.hasSuffix(Self.quotes) else {
            // The line of the opening quotes counts if there is something on it.
            if !(lines.isEmpty && end.isEmpty) { lines.append(line) }
            block = lines
            return nil
        }
        block = nil
        let last = String(end.dropLast(3))
        if !last.isEmpty { lines.append(last) }
        let text = lines.joined(separator: "\n")
        return text.trimmingSpaces.isEmpty ? nil : .message(text)
    }
}
