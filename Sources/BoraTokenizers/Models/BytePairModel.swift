/// Byte-pair encoding (Sennrich et al. 2016): a word begins as its characters, and neighbours are
/// merged, always the pair of lowest rank, the leftmost of equals.
struct BytePairModel: TokenModel {
    /// Which neighbours become one.
    enum Rules: Sendable {
        /// A list of pairs, as in GPT-2.
        case merges(MergeTable)
        /// Any two that are a piece together, ranked by its score, as in SentencePiece. The ranks
        /// are by token; nil where nothing may become the token.
        case ranks([UInt32?])
    }

    /// Which words that are tokens become that token, whatever the merges say.
    enum WholeWords: Sendable {
        case none, all
        /// Those of line breaks alone.
        case lineBreaks
    }

    let pieces: PieceTable
    private let isControl: [Bool]
    let rules: Rules
    let fallback: Fallback
    private let wholeWords: WholeWords
    /// Whether characters that nothing stands for are dropped before their neighbours are merged.
    let dropsUnknown: Bool
    /// What a character is looked up with when it is not its word's first, and when it is its last.
    private let continuation: [UInt8]
    private let ending: [UInt8]
    /// The tokens of characters of one or two bytes, by code point: most text, looked up at once.
    private let shortCharacters: [Int32]

    init(
        _ pieces: PieceTable, kinds: [Vocabulary.Kind], rules: Rules, fallback: Fallback,
        wholeWords: WholeWords = .none, dropsUnknown: Bool = false, continuation: String = "",
        ending: String = ""
    ) {
        self.pieces = pieces
        isControl = kinds.map { $0 == .control }
        self.rules = rules
        self.fallback = fallback
        self.wholeWords = wholeWords
        self.dropsUnknown = dropsUnknown
        self.continuation = Array(continuation.utf8)
        self.ending = Array(ending.utf8)
        shortCharacters = (0..<UInt32(0x800)).map { point in
            pieces.find(Array(String(Unicode.Scalar(point)!).utf8).span) ?? BytePairMerger.unknown
        }
    }

    func encode(_ text: [UInt8], _ words: [Range<Int>], into tokens: inout [Int32]) {
        var merger = BytePairMerger(self)
        for word in words {
            if let token = token(ofWholeWord: text.span.extracting(word)) {
                tokens.append(token)
            } else {
                merger.encode(text, word, into: &tokens)
            }
        }
    }

    private func token(ofWholeWord word: Span<UInt8>) -> Int32? {
        switch wholeWords {
        case .none: return nil
        case .all: break
        case .lineBreaks:
            for index in word.indices where word[index] != UInt8(ascii: "\n") { return nil }
        }
        guard let token = pieces.find(word), !isControl[Int(token)] else { return nil }
        return token
    }

    /// The token of one character of a word.
    func token(
        ofCharacter range: Range<Int>, in text: [UInt8], isFirst: Bool, isLast: Bool
    ) -> Int32 {
        let affixed = !(isFirst || continuation.isEmpty) || (isLast && !ending.isEmpty)
        if affixed {
            let piece =
                (isFirst ? [] : continuation) + text[range] + (isLast ? ending : [])
            return pieces.find(piece.span) ?? BytePairMerger.unknown
        }
        switch range.count {
        case 1: return shortCharacters[Int(text[range.lowerBound])]
        case 2:
            let lead = Int(text[range.lowerBound] & 0x1F)
            return shortCharacters[lead << 6 | Int(text[range.lowerBound + 1] & 0x3F)]
        default: return pieces.find(text.span.extracting(range)) ?? BytePairMerger.unknown
        }
    }
}
