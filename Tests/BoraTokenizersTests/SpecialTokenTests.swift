import BoraTokenizers
import Testing

@Suite("Special tokens")
struct SpecialTokenTests {
    private static func vocabulary() throws -> Vocabulary {
        var vocabulary = try Vocabulary.bytes(
            merges: ["< /"],
            others: [
                ("<s>", .control), ("</s>", .control), ("<s>>", .control), ("<ab>", .userDefined),
                ("<ab><", .userDefined), ("é", .userDefined),
            ])
        vocabulary.beginningOfSequence = vocabulary.id("<s>")
        vocabulary.endOfSequence = vocabulary.id("</s>")
        return vocabulary
    }

    @Test("are taken from the text when asked for, the longest first")
    func parsed() throws {
        let vocabulary = try Self.vocabulary()
        let tokenizer = try Tokenizer(vocabulary, preTokenizer: "gpt-2")
        let ids = try tokenizer.encode("a<s>b<s>></s><s", parsingSpecial: true)
        let expected = ["a", "<s>", "b", "<s>>", "</s>", "<", "s"].map(vocabulary.id)
        #expect(ids == expected)
    }

    @Test("stay text when not asked for; user-defined ones are always taken")
    func notParsed() throws {
        let vocabulary = try Self.vocabulary()
        let tokenizer = try Tokenizer(vocabulary, preTokenizer: "gpt-2")
        let ids = try tokenizer.encode("</s><ab><ab><é")
        let expected = ["</", "s", ">", "<ab><", "a", "b", ">", "<", "é"].map(vocabulary.id)
        #expect(ids == expected)
        #expect(tokenizer.decode(ids) == "</s><ab><ab><é")
    }

    @Test("of control are not taken as whole words either")
    func wholeWords() throws {
        let vocabulary = try Vocabulary.bytes(merges: ["a b"], others: [("abc", .control)])
        let tokenizer = try Tokenizer(vocabulary, preTokenizer: "llama-bpe")
        #expect(try tokenizer.encode("abc") == ["ab", "c"].map(vocabulary.id))
        #expect(try tokenizer.encode("abc", parsingSpecial: true) == [vocabulary.id("abc")])
    }

    @Test("begin and end the text as the vocabulary says")
    func additions() throws {
        var vocabulary = try Self.vocabulary()
        let (begin, end) = (vocabulary.id("<s>"), vocabulary.id("</s>"))
        let a = vocabulary.id("a")
        func encode(_ pre: String, addingSpecial: Bool = true) throws -> [Int32] {
            try Tokenizer(vocabulary, preTokenizer: pre)
                .encode("a", addingSpecial: addingSpecial)
        }
        #expect(try encode("gpt-2") == [a])
        #expect(try encode("llama-bpe") == [begin, a])
        vocabulary.addsBeginning = false
        #expect(try encode("llama-bpe") == [a])
        vocabulary.addsBeginning = true
        vocabulary.addsEnd = true
        #expect(try encode("qwen2") == [begin, a, end])
        #expect(try encode("qwen2", addingSpecial: false) == [a])
        vocabulary.beginningOfSequence = nil
        #expect(try encode("qwen2") == [a, end])
    }

    @Test("of control can be left out of decoded text")
    func decoding() throws {
        let vocabulary = try Self.vocabulary()
        let tokenizer = try Tokenizer(vocabulary, preTokenizer: "gpt-2")
        let ids = ["<s>", "a", "<ab>", "</s>"].map(vocabulary.id) + [-1, 1_000_000]
        #expect(tokenizer.decode(ids) == "<s>a<ab></s>")
        #expect(tokenizer.decode(ids, skippingControl: true) == "a<ab>")
        var stream = StreamingDetokenizer(tokenizer)
        #expect(ids.map { stream.append($0) } == ["", "a", "<ab>", "", "", ""])
    }
}
