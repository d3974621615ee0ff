/// Text to tokens and back. A value that any number of threads may use at once.
///
/// Tokens that are written out are taken from the text first; what lies between is normalized, cut
/// into words and handed to the model.
package struct Tokenizer: Sendable {
    /// Special tokens; those that the vocabulary does not hold are nil.
    package var beginningOfSequence: Int32? { parts.specials.beginning }
    package var endOfSequence: Int32? { parts.specials.end }
    package var endOfTurn: Int32? { parts.specials.endOfTurn }
    package var unknown: Int32? { parts.specials.unknown }
    package var padding: Int32? { parts.specials.padding }
    /// What is odd about the vocabulary.
    package let warnings: [TokenizerWarning]

    private let parts: Parts

    /// What a tokenizer is made of.
    struct Parts: Sendable {
        var kinds: [Vocabulary.Kind]
        var specials = SpecialTokens()
        /// Tokens that are taken from the text as it is, and those taken once it is normalized.
        var writtenTokens = WrittenTokens([])
        var normalizedTokens = WrittenTokens([])
        var normalizers: [Normalizer] = []
        var preTokenizer = PreTokenizer([])
        var model: any TokenModel
        /// The vocabulary's texts, to find tokens by.
        let pieces: PieceTable
        var text: TokenText
        /// What a prompt begins and ends with.
        var prefix: [Int32] = []
        var suffix: [Int32] = []
    }

    struct SpecialTokens: Sendable {
        var beginning, end, endOfTurn, unknown, padding: Int32?
    }

    init(_ parts: Parts, warnings: [TokenizerWarning] = []) {
        self.parts = parts
        self.warnings = warnings
    }

    /// How many tokens there are.
    package var count: Int { parts.kinds.count }

    /// Whether `encode` puts `beginningOfSequence` before the text.
    package var addsBeginning: Bool {
        beginningOfSequence != nil && parts.prefix.first == beginningOfSequence
    }

    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - parsingSpecial: whether control tokens written in the text, such as `<|im_end|>`, are
    ///     taken for the tokens. Text from users is encoded without; a rendered chat with.
    ///   - addingSpecial: whether the tokens that prompts begin and end with are added.
    /// - Throws: when a pattern of the model's `tokenizer.json` takes too long.
    package func encode(
        _ text: String, parsingSpecial: Bool = false, addingSpecial: Bool = true
    ) throws(TokenizerError) -> [Int32] {
        let bytes = Array(text.utf8)
        var tokens = addingSpecial ? parts.prefix : []
        try parts.writtenTokens.forEachPart(of: bytes, parsingSpecial: parsingSpecial) {
            part throws(TokenizerError) in
            switch part {
            case .token(let token): tokens.append(token)
            case .text(let range): try encode(bytes, range, parsingSpecial, into: &tokens)
            }
        }
        if addingSpecial { tokens += parts.suffix }
        return tokens
    }

    /// Appends the tokens of a range that holds no token written out as it is.
    private func encode(
        _ text: [UInt8], _ range: Range<Int>, _ parsingSpecial: Bool, into tokens: inout [Int32]
    ) throws(TokenizerError) {
        guard !parts.normalizers.isEmpty || !parts.normalizedTokens.isEmpty else {
            return try encodeWords(
                text, range, isFirst: range.lowerBound == 0, into: &tokens)
        }
        let normalized = try Normalizer.apply(
            parts.normalizers, to: String(decoding: text[range], as: UTF8.self))
        let bytes = Array(normalized.utf8)
        try parts.normalizedTokens.forEachPart(of: bytes, parsingSpecial: parsingSpecial) {
            part throws(TokenizerError) in
            switch part {
            case .token(let token): tokens.append(token)
            case .text(let words):
                try encodeWords(
                    bytes, words, isFirst: range.lowerBound == 0 && words.lowerBound == 0,
                    into: &tokens)
            }
        }
    }

    private func encodeWords(
        _ text: [UInt8], _ range: Range<Int>, isFirst: Bool, into tokens: inout [Int32]
    ) throws(TokenizerError) {
        let words = try parts.preTokenizer.words(of: text, in: range, isFirst: isFirst)
        parts.model.encode(words.text, words.ranges, into: &tokens)
    }

    /// What a token adds to the text, maybe a part of a character. A token beyond the vocabulary,
    /// which a model with padded logits can give, adds nothing.
    package func bytes(of token: Int32) -> ArraySlice<UInt8> {
        contains(token) ? parts.text[token] : []
    }

    /// The token that the vocabulary writes so.
    package func id(_ piece: String) -> Int32? { parts.pieces.find(piece.utf8Span.span) }

    /// Whether a token marks structure and is not a part of the text.
    package func isControl(_ token: Int32) -> Bool {
        contains(token) && parts.kinds[Int(token)] == .control
    }

    /// Which spaces a text loses where it begins.
    var textBeginning: TokenText.Beginning { parts.text.beginning }

    /// The text of tokens, U+FFFD where it is not UTF-8.
    package func decode(_ tokens: some Sequence<Int32>, skippingControl: Bool = false) -> String {
        var stream = StreamingDetokenizer(self, skippingControl: skippingControl)
        var text = ""
        for token in tokens { text += stream.append(token) }
        return text + stream.finish()
    }

    /// The text of one token, with the space that it may begin with.
    package func piece(_ token: Int32) -> String {
        String(decoding: bytes(of: token), as: UTF8.self)
    }

    private func contains(_ token: Int32) -> Bool { (0..<count).contains(Int(token)) }
}
