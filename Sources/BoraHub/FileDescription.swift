/// What the hub says about a file without sending it: the headers of an answer to `HEAD`.
package struct FileDescription: Hashable, Sendable {
    /// What names its content: the SHA-256 of a large file, the Git object of a small one.
    package let tag: String
    package let bytes: Int

    /// - Parameters:
    ///   - header: the value of a header field.
    ///   - isRedirection: the answer sends elsewhere for the file.
    ///   - name: of the model and file, for messages.
    package init(
        isRedirection: Bool, name: String, _ header: (String) -> String?
    ) throws(HubError) {
        // A large file lies elsewhere: its own tag and size are in the fields of the link.
        guard let tag = (header("X-Linked-Etag") ?? header("ETag")).map(Self.withoutQuotes),
            HubPath.isTag(tag)
        else {
            throw HubError(
                .invalidAnswer, name,
                "the server does not say which content it has (ETag), as the hub does. If "
                    + "HF_ENDPOINT is set, see whether it leads to a hub")
        }
        let size = header("X-Linked-Size") ?? (isRedirection ? nil : header("Content-Length"))
        guard let bytes = size.flatMap({ Int($0) }), 0...Self.maximumBytes ~= bytes else {
            throw HubError(
                .invalidAnswer, name,
                "the server does not say how long the file is, as the hub does")
        }
        self.tag = tag
        self.bytes = bytes
    }

    /// Far beyond any file, and far from where sums overflow.
    private static let maximumBytes = 1 << 50

    /// An entity tag (RFC 9110, 8.8.3), weak or not, without its quotes.
    static func withoutQuotes(_ tag: String) -> String {
        var text = Substring(tag)
        if text.hasPrefix("W/") { text.removeFirst(2) }
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            text = text.dropFirst().dropLast()
        }
        return String(text)
    }
}
