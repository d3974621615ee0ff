/// Tokenizers of vocabularies as GGUF files hold them, which name what else there is to know.
extension Tokenizer {
    /// How a vocabulary's tokens are found in text.
    package enum Algorithm: Sendable {
        /// Byte-level byte-pair encoding, or Gemma 4's on characters. The name is that of how text
        /// is cut into words; without one the cuts are those of llama.cpp's `default`, and a
        /// warning says so.
        case bytePair(preTokenizer: String?)
        /// SentencePiece's byte-pair encoding.
        case sentencePiece(addsSpace: Bool)
        /// BERT's.
        case wordPiece(lowercases: Bool, stripsAccents: Bool)
        /// SentencePiece's unigram language model.
        case unigram(SentencePieceSettings)
    }

    /// What a unigram model does to text; see `SentencePieceNormalization`.
    package struct SentencePieceSettings: Sendable {
        package var addsSpace = true
        package var mergesSpaces = true
        package var putsSpacesAfter = false
        /// `precompiled_charsmap`; empty for none.
        package var characterMap: [UInt8] = []

        package init() {}
    }

    /// The names of pre-tokenizers that Bora knows.
    package static var preTokenizers: Set<String> { NamedPreTokenizer.names }

    /// Makes a byte-level tokenizer.
    package init(
        _ vocabulary: Vocabulary, preTokenizer name: String?
    ) throws(TokenizerError) {
        try self.init(vocabulary, .bytePair(preTokenizer: name))
    }

    package init(_ vocabulary: Vocabulary, _ algorithm: Algorithm) throws(TokenizerError) {
        var builder = VocabularyTokenizer(vocabulary)
        switch algorithm {
        case .bytePair(let name): try builder.makeBytePair(name)
        case .sentencePiece(let addsSpace): builder.makeSentencePiece(addsSpace: addsSpace)
        case .wordPiece(let lowercases, let stripsAccents):
            try builder.makeWordPiece(lowercases: lowercases, stripsAccents: stripsAccents)
        case .unigram(let settings): try builder.makeUnigram(settings)
        }
        self.init(builder.parts!, warnings: builder.warnings)
    }
}

/// Puts together the parts of a tokenizer for a vocabulary.
private struct VocabularyTokenizer {
    private let vocabulary: Vocabulary
    private let pieces: PieceTable
    private var specials = Tokenizer.SpecialTokens()
    private var separator: Int32?
    private(set) var warnings: [TokenizerWarning] = []
    private(set) var parts: Tokenizer.Parts?

    init(_ vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
        pieces = PieceTable(vocabulary)
        specials.beginning = checked(vocabulary.beginningOfSequence, "beginning-of-sequence")
        specials.end = checked(vocabulary.endOfSequence, "end-of-sequence")
        specials.endOfTurn = checked(vocabulary.endOfTurn, "end-of-turn")
        specials.unknown = checked(vocabulary.unknown, "unknown")
        specials.padding = checked(vocabulary.padding, "padding")
        separator = checked(vocabulary.separator, "separator")
    }

    private mutating func checked(_ id: Int32?, _ role: String) -> Int32? {
        let count = vocabulary.pieces.count
        guard let id, !(0..<count).contains(Int(id)) else { return id }
        warnings.append(.specialTokenOutOfRange(role: role, id: id, count: count))
        return nil
    }

    mutating func makeBytePair(_ name: String?) throws(TokenizerError) {
        let named: NamedPreTokenizer
        if let name {
            named = try .named(name)
        } else {
            named = .unnamed
            warnings.append(.missingPreTokenizer)
        }
        if named.writesBytes, specials.unknown == nil {
            let missing = (UInt8.min...UInt8.max).filter {
                pieces.find(ByteAlphabet.shared.character(of: $0).span) == nil
                    && pieces.byteToken($0) == nil
            }
            if !missing.isEmpty { warnings.append(.missingBytes(missing)) }
        }
        let model = BytePairModel(
            pieces, kinds: vocabulary.kinds,
            rules: .merges(try MergeTable(vocabulary.merges, pieces)),
            fallback: Fallback(
                pieces, unknown: specials.unknown, usesBytes: !named.writesBytes),
            wholeWords: named.wholeWords)
        var made = Tokenizer.Parts(
            kinds: vocabulary.kinds, model: model, pieces: pieces,
            text: named.writesBytes ? byteLevelText : spacedText(leadingSpaces: 0))
        if named.writesBytes {
            made.preTokenizer = PreTokenizer(named.steps + [.byteLevel])
        } else {
            made.preTokenizer = PreTokenizer(named.steps)
            made.normalizers = [.replaceText(" ", with: SentencePieceNormalization.space)]
        }
        finish(
            made,
            beginning: named.alwaysAddsBeginning
                || (vocabulary.addsBeginning ?? named.addsBeginning),
            end: vocabulary.addsEnd ?? false)
    }

    mutating func makeSentencePiece(addsSpace: Bool) {
        let model = BytePairModel(
            pieces, kinds: vocabulary.kinds, rules: .ranks(mergeRanks),
            fallback: Fallback(pieces, unknown: specials.unknown, usesBytes: true))
        var made = Tokenizer.Parts(
            kinds: vocabulary.kinds, model: model, pieces: pieces,
            text: spacedText(leadingSpaces: addsSpace ? 1 : 0))
        made.normalizers = [.replaceText(" ", with: SentencePieceNormalization.space)]
        if addsSpace { made.normalizers.append(.prepend(SentencePieceNormalization.space)) }
        finish(
            made, beginning: vocabulary.addsBeginning ?? true, end: vocabulary.addsEnd ?? false)
    }

    /// The order in which SentencePiece merges into each token: by score, the highest first. Text
    /// never becomes a control token.
    private var mergeRanks: [UInt32?] {
        let scores = vocabulary.scores
        let distinct = Set(scores).sorted(by: >)
        let ranks = Dictionary(uniqueKeysWithValues: zip(distinct, UInt32(0)...))
        return vocabulary.kinds.indices.map { id in
            guard vocabulary.kinds[id] != .control else { return nil }
            return scores.isEmpty ? 0 : ranks[scores[id]]
        }
    }

    mutating func makeWordPiece(lowercases: Bool, stripsAccents: Bool) throws(TokenizerError) {
        guard let unknown = specials.unknown else {
            throw TokenizerError(
                .missingUnknown,
                "a WordPiece vocabulary needs a token for unknown words, and this one has none. "
                    + "Convert the model again")
        }
        let model = WordPieceModel(
            pieces: pieces, unknown: unknown, beginning: Array("\u{2581}".utf8), continuation: [],
            longestWord: .max)
        var made = Tokenizer.Parts(
            kinds: vocabulary.kinds, model: model, pieces: pieces,
            text: spacedText(leadingSpaces: 1))
        made.normalizers = [
            .bert(
                BERTNormalization(
                    stripsAccents: stripsAccents, lowercases: lowercases, dialect: .llamaCpp))
        ]
        made.preTokenizer = PreTokenizer(PreTokenizer.bertSteps)
        made.prefix = [specials.beginning].compactMap { $0 }
        made.suffix = [separator].compactMap { $0 }
        finish(made, beginning: true, end: false)
    }

    mutating func makeUnigram(
        _ settings: Tokenizer.SentencePieceSettings
    ) throws(TokenizerError) {
        let kinds = vocabulary.kinds
        let scores = (0..<pieces.count).map { id in
            // A user-defined piece is always worth taking.
            kinds[id] == .userDefined || vocabulary.scores.isEmpty
                ? 0 : Double(vocabulary.scores[id])
        }
        let model = UnigramModel(
            pieces, scores: scores,
            fallback: Fallback(
                pieces, unknown: specials.unknown, usesBytes: false, fusesUnknown: true),
            isUsed: { [.normal, .userDefined, .unused].contains(kinds[$0]) },
            isRanked: { kinds[$0] == .normal })
        var made = Tokenizer.Parts(
            kinds: kinds, model: model, pieces: pieces,
            text: spacedText(leadingSpaces: settings.addsSpace ? 1 : 0))
        made.normalizers = [
            .sentencePiece(
                SentencePieceNormalization(
                    characterMap: settings.characterMap.isEmpty
                        ? nil : try CharacterMap(settings.characterMap),
                    addsSpace: settings.addsSpace, mergesSpaces: settings.mergesSpaces,
                    putsSpacesAfter: settings.putsSpacesAfter))
        ]
        finish(
            made, beginning: vocabulary.addsBeginning ?? false, end: vocabulary.addsEnd ?? true)
    }

    private mutating func finish(_ made: Tokenizer.Parts, beginning: Bool, end: Bool) {
        var made = made
        made.specials = specials
        if beginning { made.prefix = [specials.beginning].compactMap { $0 } }
        if end { made.suffix = [specials.end].compactMap { $0 } }
        made.writtenTokens = WrittenTokens(
            zip(Int32(0)..., vocabulary.kinds).compactMap { id, kind in
                guard [.control, .unknown, .userDefined].contains(kind) else { return nil }
                return WrittenTokens.Entry(
                    token: id, text: Array(pieces[id]), isSpecial: kind != .userDefined,
                    stripsBefore: vocabulary.stripsBefore.contains(id),
                    stripsAfter: vocabulary.stripsAfter.contains(id))
            }, stripping: .ascii)
        parts = made
    }

    /// Pieces written in `ByteAlphabet`.
    private var byteLevelText: TokenText {
        text { ByteAlphabet.shared.read($0.utf8) }
    }

    /// Pieces written with `▁` for spaces.
    private func spacedText(leadingSpaces: Int) -> TokenText {
        text(leadingSpaces: leadingSpaces) {
            Array($0.replacing(SentencePieceNormalization.space, with: " ").utf8)
        }
    }

    private func text(
        leadingSpaces: Int = 0, _ read: (String) -> [UInt8]
    ) -> TokenText {
        TokenText(count: pieces.count, beginning: .losesSpaces(leadingSpaces)) { token in
            let piece = vocabulary.pieces[Int(token)]
            switch vocabulary.kinds[Int(token)] {
            case .normal, .unused: return read(piece)
            case .byte: return TokenText.byte(piece).map { [$0] } ?? Array(piece.utf8)
            case .control, .unknown, .userDefined: return Array(piece.utf8)
            }
        }
    }
}
