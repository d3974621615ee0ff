/// A byte-level BPE vocabulary as model files store it.
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

    /// The tokens' texts by id. Those of normal tokens are written in `ByteAlphabet`.
    package let pieces: [String]
    package let kinds: [Kind]
    /// Pairs of pieces with a space between, the first to be merged first.
    package let merges: [String]

    package var beginningOfSequence: Int32?
    package var endOfSequence: Int32?
    package var endOfTurn: Int32?
    package var unknown: Int32?
    package var padding: Int32?

    /// Whether a prompt begins with `beginningOfSequence`; nil leaves it to the pre-tokenizer.
    package var addsBeginning: Bool?
    package var addsEnd = false

    /// `types` holds a `Kind`'s number per token, 0 for normal too; none make all tokens normal.
    package init(
        pieces: [String], types: [Int] = [], merges: [String]
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
        guard types.isEmpty || types.count == pieces.count else {
            throw TokenizerError(
                .mismatchedTypes,
                "there are \(types.count) token types for \(pieces.count) tokens. Convert the "
                    + "model again")
        }
        var kinds = [Kind](repeating: .normal, count: pieces.count)
        for (id, type) in types.enumerated() where type != 0 {
            guard let kind = Kind(rawValue: type) else {
                throw TokenizerError(
                    .unknownType,
                    "token \(id) has type \(type), and types are 0 to 6. Convert the model again")
            }
            kinds[id] = kind
        }
        self.pieces = pieces
        self.kinds = kinds
        self.merges = merges
    }

    /// Far beyond any real model; keeps ids and ranks within 32 bits.
    private static let largest = 1 << 28
}
