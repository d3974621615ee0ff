import BoraCore
import BoraTokenizers
import FoundationEssentials
import Testing

/// Small vocabularies of every kind that GGUF files hold, and what llama.cpp makes of texts with
/// them, by `scripts/make_vocabulary_goldens.py`.
@Suite("Vocabularies of GGUF files")
struct VocabularyGoldenTests {
    private static let goldens: JSONValue = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let file = folder.appending(path: "Resources/vocabularies.json")
        return try! JSONValue(parsing: ByteSource(mapping: file.path))
    }()

    private static let texts = goldens["texts"]!.array!.map { $0.string! }

    private static func vocabulary(_ golden: JSONValue) throws -> Vocabulary {
        try Vocabulary(
            pieces: golden["pieces"]!.array!.map { $0.string! },
            types: golden["types"]!.array!.map { $0.integer! },
            scores: golden["scores"]?.array!.map { Float($0.number!) } ?? [],
            merges: golden["merges"]?.array!.map { $0.string! } ?? [])
    }

    private func check(_ tokenizer: Tokenizer, _ ids: JSONValue?, _ note: String = "") throws {
        let expected = ids!.array!.map { $0.array!.map { Int32($0.integer!) } }
        #expect(expected.count == Self.texts.count)
        for (text, ids) in zip(Self.texts, expected) {
            let own = try tokenizer.encode(text, parsingSpecial: true)
            #expect(own == ids, "\(note) \(text.debugDescription)")
        }
    }

    @Test("of byte-level BPE are cut as every pre-tokenizer does")
    func byteLevel() throws {
        let golden = Self.goldens["byte_level"]!
        var vocabulary = try Self.vocabulary(golden)
        vocabulary.addsBeginning = false
        var tested: Set<String> = []
        for group in golden["groups"]!.array! {
            for name in group["names"]!.array!.map({ $0.string! }) {
                tested.insert(name)
                try check(Tokenizer(vocabulary, preTokenizer: name), group["ids"], name)
            }
        }
        // The others do not write bytes.
        #expect(
            tested.union(["gemma4", "granite-embed-multi-311m", "sarvam-moe"])
                == Tokenizer.preTokenizers)
    }

    @Test("of SentencePiece's BPE")
    func sentencePiece() throws {
        let golden = Self.goldens["sentence_piece"]!
        var vocabulary = try Self.vocabulary(golden)
        vocabulary.beginningOfSequence = 1
        vocabulary.endOfSequence = 2
        vocabulary.unknown = 0
        let spaced = try Tokenizer(vocabulary, .sentencePiece(addsSpace: true))
        try check(spaced, golden["ids"])
        vocabulary.addsEnd = true
        try check(Tokenizer(vocabulary, .sentencePiece(addsSpace: false)), golden["unspaced"])

        let ids = try spaced.encode("the little\tüber\u{301} 😀")
        #expect(spaced.decode(ids, skippingControl: true) == "the little\tüber\u{301} 😀")
        #expect(spaced.piece(ids[1]).hasPrefix(" "))
    }

    @Test("of Gemma 4's BPE")
    func gemma() throws {
        let golden = Self.goldens["gemma"]!
        var vocabulary = try Self.vocabulary(golden)
        vocabulary.beginningOfSequence = 1
        vocabulary.addsBeginning = false
        try check(Tokenizer(vocabulary, preTokenizer: "gemma4"), golden["ids"])
    }

    @Test("of WordPiece")
    func wordPiece() throws {
        let golden = Self.goldens["word_piece"]!
        var vocabulary = try Self.vocabulary(golden)
        vocabulary.beginningOfSequence = 2
        vocabulary.separator = 3
        vocabulary.unknown = 1
        let tokenizer = try Tokenizer(
            vocabulary, .wordPiece(lowercases: true, stripsAccents: true))
        try check(tokenizer, golden["ids"])
        try check(
            Tokenizer(vocabulary, .wordPiece(lowercases: false, stripsAccents: false)),
            golden["cased"])
        #expect(
            tokenizer.decode(try tokenizer.encode("The house"), skippingControl: true)
                == "the house")
        vocabulary.unknown = nil
        #expect(throws: TokenizerError.self) {
            try Tokenizer(vocabulary, .wordPiece(lowercases: true, stripsAccents: true))
        }
    }

    @Test("of SentencePiece's unigram model")
    func unigram() throws {
        let golden = Self.goldens["unigram"]!
        var vocabulary = try Self.vocabulary(golden)
        vocabulary.beginningOfSequence = 1
        vocabulary.endOfSequence = 2
        vocabulary.unknown = 0
        var settings = Tokenizer.SentencePieceSettings()
        settings.addsSpace = false
        settings.mergesSpaces = false
        try check(Tokenizer(vocabulary, .unigram(settings)), golden["plain"])
        settings = Tokenizer.SentencePieceSettings()
        settings.characterMap = golden["character_map"]!.array!.map { UInt8($0.integer!) }
        vocabulary.addsBeginning = true
        try check(Tokenizer(vocabulary, .unigram(settings)), golden["ids"])
        settings.characterMap = [1, 2, 3]
        #expect(throws: TokenizerError.self) { try Tokenizer(vocabulary, .unigram(settings)) }
    }
}
