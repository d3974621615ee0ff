/// What stands for text that no token writes.
struct Fallback: Sendable {
    /// The token of each byte, where the vocabulary has all of them.
    private let bytes: [Int32]
    private let unknown: Int32?
    /// Whether neighbouring unknown characters are one unknown token.
    private let fusesUnknown: Bool

    /// - Parameter usesBytes: whether text becomes byte tokens (`<0x0A>`) where there are some.
    init(_ pieces: PieceTable, unknown: Int32?, usesBytes: Bool, fusesUnknown: Bool = false) {
        let bytes = (UInt8.min...UInt8.max).map { usesBytes ? pieces.byteToken($0) ?? -1 : -1 }
        self.bytes = bytes.contains { $0 >= 0 } ? bytes : []
        self.unknown = unknown
        self.fusesUnknown = fusesUnknown
    }

    /// Appends what stands for a character.
    ///
    /// - Parameter followsUnknown: whether the unknown token was appended for the text just
    ///   before; afterwards, whether it was for this.
    func append(_ text: Span<UInt8>, followsUnknown: inout Bool, to tokens: inout [Int32]) {
        let start = tokens.count
        if !bytes.isEmpty {
            for index in text.indices { tokens.append(bytes[Int(text[index])]) }
            guard tokens[start...].contains(-1) else {
                followsUnknown = false
                return
            }
            tokens.removeSubrange(start...)
        }
        guard let unknown else { return }
        if !(followsUnknown && fusesUnknown) { tokens.append(unknown) }
        followsUnknown = true
    }
}
