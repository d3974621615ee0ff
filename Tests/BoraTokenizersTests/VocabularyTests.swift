import BoraCore
import BoraTokenizers
import Testing

@Suite("Vocabulary")
struct VocabularyTests {
    private static func make(
        pieces: [String] = ["a", "b", "ab"], types: [Int] = [], merges: [String] = ["a b"],
        pre: String? = "gpt-2"
    ) throws(TokenizerError) -> Tokenizer {
        try Tokenizer(
            Vocabulary(pieces: pieces, types: types, merges: merges), preTokenizer: pre)
    }

    @Test("that is invalid is refused with a reason")
    func refusals() {
        func code(_ make: () throws(TokenizerError) -> Tokenizer) -> TokenizerError.Code? {
            do throws(TokenizerError) {
                _ = try make()
                return nil
            } catch {
                return error.code
            }
        }
        #expect(
            code { () throws(TokenizerError) in try Self.make(pieces: [], merges: []) }
                == .emptyVocabulary)
        #expect(
            code { () throws(TokenizerError) in try Self.make(types: [1, 1]) }
                == .mismatchedTypes)
        #expect(
            code { () throws(TokenizerError) in try Self.make(types: [1, 1, 7]) }
                == .unknownType)
        for merge in ["", " ", "ab", "a ", " b", "a"] {
            #expect(
                code { () throws(TokenizerError) in try Self.make(merges: [merge]) }
                    == .malformedMerge, "\(merge)")
        }
        #expect(
            code { () throws(TokenizerError) in try Self.make(merges: ["a c"]) }
                == .unknownPiece)
        #expect(
            code { () throws(TokenizerError) in try Self.make(merges: ["b a"]) }
                == .unknownPiece)
        #expect(code { () throws(TokenizerError) in try Self.make() } == nil)
    }

    @Test("names an unknown pre-tokenizer and the known ones")
    func unknownPreTokenizer() {
        let error = #expect(throws: TokenizerError.self) { try Self.make(pre: "klingon") }
        #expect(error?.code == .unknownPreTokenizer)
        #expect(error?.category == .unsupported)
        #expect(error?.description.contains("\"klingon\"") == true)
        #expect(error?.description.contains("gpt-2, gpt-4o, gpt3-finnish, granite-docling") == true)
    }

    @Test("without a pre-tokenizer is cut as llama.cpp's default does, with a warning")
    func missingPreTokenizer() throws {
        let vocabulary = try Vocabulary.bytes(
            merges: ["1 2", "12 3", "123 4", "! !", "!! a", "Ġ a"])
        let tokenizer = try Tokenizer(vocabulary, preTokenizer: nil)
        #expect(tokenizer.warnings.contains(.missingPreTokenizer))
        #expect(
            try !Tokenizer(vocabulary, preTokenizer: "default").warnings
                .contains(.missingPreTokenizer))
        #expect(
            try tokenizer.encode("12341!!a a")
                == ["123", "4", "1", "!!", "a", "Ġa"]
                .map(vocabulary.id))
    }

    @Test("with oddities works, and says them")
    func oddities() throws {
        var vocabulary = try Vocabulary(pieces: ["a", "?"], types: [0, 2], merges: [])
        vocabulary.endOfSequence = 2
        vocabulary.padding = -1
        let lossy = try Tokenizer(vocabulary, preTokenizer: "gpt-2")
        #expect(lossy.endOfSequence == nil)
        #expect(try lossy.encode("abé") == [0])
        #expect(lossy.warnings.count == 3)
        #expect(
            lossy.warnings.contains(
                .specialTokenOutOfRange(role: "end-of-sequence", id: 2, count: 2)))
        vocabulary.unknown = 1
        #expect(try Tokenizer(vocabulary, preTokenizer: "gpt-2").encode("abé") == [0, 1, 1, 1])
    }

    @Test("takes a whole word that is a token only where the pre-tokenizer does")
    func wholeWords() throws {
        let vocabulary = try Vocabulary.bytes(merges: ["b c"], others: [("abc", .normal)])
        func encode(_ pre: String) throws -> [Int32] {
            try Tokenizer(vocabulary, preTokenizer: pre).encode("abc", addingSpecial: false)
        }
        #expect(try encode("llama-bpe") == [vocabulary.id("abc")])
        #expect(try encode("llama3") == [vocabulary.id("abc")])
        #expect(try encode("qwen2") == ["a", "bc"].map(vocabulary.id))
    }
}
