/// What each token adds to the text.
struct TokenText: Sendable {
    private var bytes: [UInt8] = []
    /// Where each token's bytes end; they begin where those of the token before end.
    private var ends: [Int] = []
    let beginning: Beginning

    /// Which spaces a text loses where it begins: they stand for its beginning.
    enum Beginning: Equatable, Sendable {
        /// So many, at most.
        case losesSpaces(Int)
        /// All those of the first token, as of Hugging Face's `Metaspace`.
        case losesFirstSpaces
    }

    /// - Parameter read: the bytes that a token's piece stands for.
    init<Failure: Error>(
        count: Int, beginning: Beginning = .losesSpaces(0),
        _ read: (Int32) throws(Failure) -> [UInt8]
    ) throws(Failure) {
        self.beginning = beginning
        ends.reserveCapacity(count)
        for token in 0..<Int32(count) {
            bytes += try read(token)
            ends.append(bytes.count)
        }
    }

    subscript(token: Int32) -> ArraySlice<UInt8> {
        let index = Int(token)
        return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The byte that `<0x0A>` stands for.
    static func byte(_ piece: some StringProtocol) -> UInt8? {
        guard piece.utf8.count == 6, piece.hasPrefix("<0x"), piece.hasSuffix(">") else {
            return nil
        }
        return UInt8(piece.dropFirst(3).dropLast(), radix: 16)
    }
}
