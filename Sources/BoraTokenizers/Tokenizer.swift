/// Text to tokens and back by byte-level BPE (Radford et al. 2019). A value that any number of
/// threads may use at once.
package struct Tokenizer: Sendable {
    /// Special tokens; those that the vocabulary does not hold are nil.
    package let beginningOfSequence, endOfSequence, endOfTurn, unknown, padding: Int32?
    /// Whether `encode` puts `beginningOfSequence` before the text, `endOfSequence` after it.
    package let addsBeginning, addsEnd: Bool
    /// What is odd about the vocabulary.
    package let warnings: [TokenizerWarning]

    private let pieces: PieceTable
    private let kinds: [Vocabulary.Kind]
    private let byteTokens: [Int32?]
    private let merges: MergeTable
    private let writtenTokens: TokenTrie
    private let preTokenizer: PreTokenizer

    /// Makes a tokenizer of a vocabulary. `preTokenizer` is the name of how text is cut into
    /// words; without one the cuts are those of llama.cpp's `default`, and a warning says so.
    package init(_ vocabulary: Vocabulary, preTokenizer name: String?) throws(TokenizerError) {
        var warnings: [TokenizerWarning] = []
        if let name {
            preTokenizer = try .named(name)
        } else {
            preTokenizer = .unnamed
            warnings.append(.missingPreTokenizer)
        }
        let count = vocabulary.pieces.count
        func checked(_ id: Int32?, _ role: String) -> Int32? {
            guard let id, !(0..<count).contains(Int(id)) else { return id }
            warnings.append(.specialTokenOutOfRange(role: role, id: id, count: count))
            return nil
        }
        beginningOfSequence = checked(vocabulary.beginningOfSequence, "beginning-of-sequence")
        endOfSequence = checked(vocabulary.endOfSequence, "end-of-sequence")
        endOfTurn = checked(vocabulary.endOfTurn, "end-of-turn")
        let unknown = checked(vocabulary.unknown, "unknown")
        self.unknown = unknown
        padding = checked(vocabulary.padding, "padding")
        addsBeginning = vocabulary.addsBeginning ?? preTokenizer.addsBeginning
        addsEnd = vocabulary.addsEnd

        let pieces = PieceTable(vocabulary)
        let byteTokens = (UInt8.min...UInt8.max).map { pieces.find([$0].span) ?? unknown }
        let missing = (UInt8.min...UInt8.max).filter { byteTokens[Int($0)] == nil }
        if !missing.isEmpty { warnings.append(.missingBytes(missing)) }
        merges = try MergeTable(vocabulary.merges, pieces)

        var trie = TokenTrie()
        for (id, kind) in zip(Int32(0)..., vocabulary.kinds) {
            switch kind {
            case .control, .unknown: trie.insert(id, pieces[id], isControl: true)
            case .userDefined: trie.insert(id, pieces[id], isControl: false)
            case .normal, .unused, .byte: break
            }
        }
        writtenTokens = trie
        self.pieces = pieces
        self.byteTokens = byteTokens
        kinds = vocabulary.kinds
        self.warnings = warnings
    }

    /// The number of tokens.
    package var count: Int { pieces.count }

    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - parsingSpecial: whether control tokens written in the text, such as `<|im_end|>`, are
    ///     taken for the tokens. Text from users is encoded without; a rendered chat with.
    ///   - addingSpecial: whether `addsBeginning` and `addsEnd` are followed, or nothing added.
    package func encode(
        _ text: String, parsingSpecial: Bool = false, addingSpecial: Bool = true
    ) -> [Int32] {
        let bytes = Array(text.utf8)
        var tokens: [Int32] = []
        if addingSpecial, addsBeginning, let beginningOfSequence {
            tokens.append(beginningOfSequence)
        }
        var merger = BytePairMerger(merges, byteTokens: byteTokens)
        var position = 0
        while position < bytes.count {
            let match = writtenTokens.firstMatch(
                in: bytes, from: position, controls: parsingSpecial)
            let plain = position..<(match?.range.lowerBound ?? bytes.count)
            encode(bytes, plain, &merger, into: &tokens)
            if let match { tokens.append(match.token) }
            position = match?.range.upperBound ?? bytes.count
        }
        if addingSpecial, addsEnd, let endOfSequence { tokens.append(endOfSequence) }
        return tokens
    }

    /// Appends the tokens of a range that holds no token written out.
    private func encode(
        _ text: [UInt8], _ range: Range<Int>, _ merger: inout BytePairMerger,
        into tokens: inout [Int32]
    ) {
        for word in preTokenizer.words(of: text, in: range) {
            let bytes = text.span.extracting(word)
            if preTokenizer.takesWholeWords, let token = pieces.find(bytes), !isControl(token) {
                tokens.append(token)
            } else {
                merger.encode(bytes, into: &tokens)
            }
        }
    }

    /// What a token adds to the text, maybe a part of a character. A token beyond the vocabulary,
    /// which a model with padded logits can give, adds nothing.
    package func bytes(of token: Int32) -> ArraySlice<UInt8> {
        contains(token) ? pieces[token] : []
    }

    /// Whether a token marks structure and is not a part of the text.
    package func isControl(_ token: Int32) -> Bool {
        contains(token) && kinds[Int(token)] == .control
    }

    /// The text of tokens, U+FFFD where it is not UTF-8.
    package func decode(_ tokens: some Sequence<Int32>, skippingControl: Bool = false) -> String {
        var bytes: [UInt8] = []
        for token in tokens where !(skippingControl && isControl(token)) {
            bytes += self.bytes(of: token)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func contains(_ token: Int32) -> Bool { (0..<count).contains(Int(token)) }
}
