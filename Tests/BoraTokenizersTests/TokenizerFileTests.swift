import BoraCore
import BoraTokenizers
import TestSupport
import Testing

@Suite("tokenizer.json")
struct TokenizerFileTests {
    @Test("gives the ids of Hugging Face's tokenizers", arguments: TokenizerFileGolden.all)
    func ids(golden: TokenizerFileGolden) throws {
        let tokenizer = try golden.tokenizer()
        #expect(golden.ids.count == TokenizerFileGolden.texts.count)
        for (text, ids) in zip(TokenizerFileGolden.texts, golden.ids) {
            let own = try tokenizer.encode(text, parsingSpecial: true)
            #expect(own == ids, "\(text.debugDescription)")
        }
    }

    @Test("gives their text back", arguments: TokenizerFileGolden.all)
    func text(golden: TokenizerFileGolden) throws {
        let tokenizer = try golden.tokenizer()
        for (ids, decoded) in zip(golden.ids, golden.decoded) {
            guard let decoded else { continue }
            let own = tokenizer.decode(ids, skippingControl: true)
            #expect(Array(own.utf8) == Array(decoded.utf8), "\(own.debugDescription) of \(ids)")
        }
    }

    private static func tokenizer(_ json: String) throws -> Tokenizer {
        let bytes = Array(json.utf8)
        return try Tokenizer(
            reading: ByteSource(name: "tokenizer.json", prefix: bytes, count: bytes.count))
    }

    private static func model(_ rest: String = "") -> String {
        #"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}\#(rest)}"#
    }

    @Test(
        "that is damaged or unknown is refused with its place",
        arguments: [
            (#"{}"#, "\"model\""),
            (#"{"model":{"type":"CTC","vocab":{"a":0}}}"#, "\"CTC\"; it knows BPE"),
            (#"{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}"#, "model.vocab"),
            (#"{"model":{"type":"BPE","vocab":{"a":9999999999},"merges":[]}}"#, "model.vocab"),
            (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}"#, "merge 0"),
            (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]}}"#, "merge 0"),
            (#"{"model":{"type":"BPE","vocab":{},"merges":[]}}"#, "no tokens"),
            (
                #"{"model":{"type":"BPE","dropout":0.1,"vocab":{"a":0},"merges":[]}}"#,
                "model.dropout"
            ),
            (#"{"model":{"type":"WordPiece","vocab":{"a":0}}}"#, "unk_token"),
            (#"{"model":{"type":"WordPiece","unk_token":"?","vocab":{"a":0}}}"#, "unk_token"),
            (#"{"model":{"type":"Unigram","vocab":[["a"]]}}"#, "entry 0"),
            (#"{"model":{"type":"Unigram","unk_id":5,"vocab":[["a",0.0]]}}"#, "model.unk_id"),
            (model(#","added_tokens":[{"id":-5,"content":"x"}]"#), "added_tokens[0]"),
            (model(#","added_tokens":[{"id":90000000,"content":"x"}]"#), "far beyond"),
            (model(#","normalizer":{"type":"Nmt"}"#), "normalizer \"Nmt\""),
            (
                model(#","normalizer":{"type":"Precompiled","precompiled_charsmap":"AA=="}"#),
                "rules"
            ),
            (model(#","pre_tokenizer":{"type":"UnicodeScripts"}"#), "\"UnicodeScripts\""),
            (
                model(
                    #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"(?<x>a)"},"#
                        + #""behavior":"Isolated"}"#), "(?<x>a)"
            ),
            (
                model(
                    #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\p{Klingon}"},"#
                        + #""behavior":"Isolated"}"#), "\\p{Klingon}"
            ),
            (
                model(
                    #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"a"},"#
                        + #""behavior":"Sideways"}"#), "pre_tokenizer.behavior"
            ),
            (
                model(#","pre_tokenizer":{"type":"Metaspace","replacement":"ab"}"#),
                "pre_tokenizer.replacement"
            ),
            (model(#","decoder":{"type":"CTC"}"#), "decoder \"CTC\""),
            (
                model(
                    #","decoder":{"type":"Sequence","decoders":[{"type":"Fuse"},"#
                        + #"{"type":"Strip","content":"x","start":1,"stop":0}]}"#),
                "decoder.decoders[1]"
            ),
            (model(#","post_processor":{"type":"Odd"}"#), "post-processor \"Odd\""),
            (
                model(
                    #","post_processor":{"type":"BertProcessing","sep":["x",7],"cls":["y",0]}"#),
                "post_processor.sep[1]"
            ),
        ])
    func refusals(json: String, problem: String) {
        let error = #expect(throws: TokenizerError.self) { try Self.tokenizer(json) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "none")")
    }

    @Test("has patterns that give up rather than run for ever")
    func exhaustion() throws {
        let tokenizer = try Self.tokenizer(
            Self.model(
                #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a|aa)+$"},"#
                    + #""behavior":"Isolated"}"#))
        #expect(try tokenizer.encode("ab") == [2])
        let error = #expect(throws: TokenizerError.self) {
            try tokenizer.encode(String(repeating: "a", count: 2_000) + "b")
        }
        #expect(error?.code == .exhaustedPattern)
        #expect(error?.description.contains("(a|aa)+$") == true)
    }

    @Test(
        "has rules that stop before a text is too long",
        arguments: [
            (
                #""normalizer":{"type":"Sequence","normalizers":["#,
                #"{"type":"Replace","pattern":{"String":"a"},"content":"aa"}"#, "]}"
            ),
            (
                #""normalizer":{"type":"Sequence","normalizers":["#,
                #"{"type":"Replace","pattern":{"Regex":"a"},"content":"aa"}"#, "]}"
            ),
            (#""normalizer":{"type":"Sequence","normalizers":["#, #"{"type":"ByteLevel"}"#, "]}"),
            (
                #""pre_tokenizer":{"type":"Sequence","pretokenizers":["#,
                #"{"type":"ByteLevel","use_regex":false}"#, "]}"
            ),
        ])
    func growth(opening: String, rule: String, closing: String) throws {
        let rules = Array(repeating: rule, count: 60).joined(separator: ",")
        let tokenizer = try Self.tokenizer(Self.model(",\(opening)\(rules)\(closing)"))
        let error = #expect(throws: TokenizerError.self) { try tokenizer.encode("aé") }
        #expect(error?.code == .oversizedText)
    }

    @Test("takes special tokens and their use from the files beside it where it is silent")
    func settings() throws {
        let json = Self.model(
            #","added_tokens":[{"id":3,"content":"<s>","special":true},"#
                + #"{"id":4,"content":"</s>","special":true}]"#)
        let source = try ByteSource(name: "t", prefix: Array(json.utf8), count: json.utf8.count)
        var settings = Tokenizer.Settings()
        settings.beginning = "<s>"
        settings.end = "</s>"
        settings.padding = "<pad>"
        let silent = try Tokenizer(reading: source, settings)
        #expect(silent.beginningOfSequence == 3)
        #expect(silent.padding == nil)
        #expect(try silent.encode("ab") == [2])
        settings.addsBeginning = true
        settings.addsEnd = true
        let added = try Tokenizer(reading: source, settings)
        #expect(try added.encode("ab") == [3, 2, 4])
        #expect(try added.encode("ab", addingSpecial: false) == [2])
    }
}
