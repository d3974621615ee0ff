/// A vocabulary as model files store it.
package struct Vocabulary: Sendable {
    /// What a token is, with the numbers of SentencePiece's `ModelProto.SentencePiece.Type`.
    package enum Kind: Int, Sendable {
        case normal = 1
        case unknown = 2
        /// Marks structure, such as the end of a turn; not a part of the text.
        case control = 3
        /// A piece of text that is always one token.
        case userDefined = 4
        case unused = 5
        /// One byte, written `<0x0A>`.
        case byte = 6
    }

    /// Two neighbouring pieces that become one.
    package struct Merge: Hashable, Sendable {
        package let left, right: String

        package init(_ left: String, _ right: String) {
            self.left = left
            self.right = right
        }

        /// Splits `left right`, the way in which GGUF files and older `tokenizer.json` write it.
        /// The first character belongs to the left piece whatever it is.
        package init?(_ text: String) {
            let units = text.utf8
            guard let space = units.dropFirst().firstIndex(of: UInt8(ascii: " ")),
                units.index(after: space) < units.endIndex
            else { return nil }
            left = String(text[..<space])
            right = String(text[units.index(after: space)...])
        }
    }

    /// The tokens' texts by id, an empty one for an id that nothing has.
    package let pieces: [String]
    package private(set) var kinds: [Kind]
    /// What tokens are worth by id: log probabilities, or for SentencePiece's BPE the order of
    /// merging, the highest first. Empty where the vocabulary has none.
    package let scores: [Float]
    /// The first is merged first.
    package let merges: [Merge]

    package var beginningOfSequence: Int32?
    package var endOfSequence: Int32?
    package var endOfTurn: Int32?
    package var separator: Int32?
    package var unknown: Int32?
    package var padding: Int32?

    /// Whether a prompt begins with `beginningOfSequence`; nil leaves it to the tokenizer's kind.
    package var addsBeginning: Bool?
    /// Whether a prompt ends with `endOfSequence`; nil leaves it to the tokenizer's kind.
    package var addsEnd: Bool?
    /// Written tokens that take the white space before or after them with them.
    package var stripsBefore: Set<Int32> = []
    package var stripsAfter: Set<Int32> = []

    /// - Parameters:
    ///   - types: a `Kind`'s number per token, 0 for normal too; none make all tokens normal.
    ///   - merges: pairs of pieces with a space between.
    package init(
        pieces: [String], types: [Int] = [], scores: [Float] = [], merges: [String] = []
    ) throws(TokenizerError) {
        var pairs: [Merge] = []
        pairs.reserveCapacity(merges.count)
        for (rank, merge) in merges.enumerated() {
            guard let pair = Merge(merge) else {
                throw TokenizerError(
                    .malformedMerge,
                    "merge \(rank), \"\(merge)\", is not two pieces with a space between. Convert "
                        + "the model again")
            }
            pairs.append(pair)
        }
        try self.init(
            pieces: pieces, kinds: Self.kinds(types, count: pieces.count), scores: scores,
            merges: pairs)
    }

    init(
        pieces: [String], kinds: [Kind], scores: [Float] = [], merges: [Merge] = []
    ) throws(TokenizerError) {
        guard !pieces.isEmpty else {
            throw TokenizerError(
                .emptyVocabulary, "the vocabulary has no tokens. Convert the model again")
        }
        guard pieces.count <= Self.largest, merges.count <= Self.largest else {
            throw TokenizerError(
                .oversizedVocabulary,
                "\(pieces.count) tokens and \(merges.count) merges are more than Bora's limit of "
                    + "\(Self.largest). The file is probably damaged: download it again")
        }
        guard scores.isEmpty || scores.count == pieces.count else {
            throw TokenizerError(
                .mismatchedScores,
                "there are \(scores.count) scores for \(pieces.count) tokens. Convert the model "
                    + "again")
        }
        self.pieces = pieces
        self.kinds = kinds
        self.scores = scores
        self.merges = merges
    }

    private static func kinds(_ types: [Int], count: Int) throws(TokenizerError) -> [Kind] {
        guard types.isEmpty || types.count == count else {
            throw TokenizerError(
                .mismatchedTypes,
                "there are \(types.count) token types for \(count) tokens. Convert the model again")
        }
        var kinds = [Kind](repeating: .normal, count: count)
        for (id, type) in types.enumerated() where type != 0 {
            guard let kind = Kind(rawValue: type) else {
                throw TokenizerError(
                    .unknownType,
                    "token \(id) has type \(type), and types are 0 to 6. Convert the model again")
            }
            kinds[id] = kind
        }
        return kinds
    }

    /// Gives a token another kind than the file says.
    package mutating func setKind(_ kind: Kind, of token: Int32) { kinds[Int(token)] = kind }

    /// Far beyond any real model; keeps ids and ranks within 32 bits.
    static let largest = 1 << 28
}
