import Foundation
import TestSupport
import Testing

/// `tokenize`, `logits`, `perplexity` and `bench`.
@Suite struct ModelCommandTests {
    /// What the model's own tokenizer and `transformers` give (scripts/make_tale_goldens.py).
    struct Golden: Decodable {
        struct Candidate: Decodable {
            let id: Int
            let logit: Float
        }

        struct Prompt: Decodable {
            let text: String
            let ids: [Int]
            let topLogits: [Candidate]
        }

        let prompt: Prompt

        static func read() throws -> Prompt {
            let path = BoraProgram.repository.appending(
                path: "Tests/GoldenTests/Resources/tale.json")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Golden.self, from: Data(contentsOf: path)).prompt
        }
    }

    @Test func idsStandOnOneLine() throws {
        let golden = try Golden.read()
        let expected = golden.ids.map(String.init).joined(separator: " ") + "\n"
        #expect(try BoraProgram.run("tokenize", "--text", golden.text).standardOutput == expected)
        #expect(try BoraProgram.run("tokenize", input: golden.text).standardOutput == expected)
        try TemporaryFolder.with { folder in
            let path = folder.write(golden.text, to: "text.txt")
            let output = try BoraProgram.run("tokenize", BoraProgram.modelPath, "--file", path)
            #expect(output.standardOutput == expected)
        }
    }

    @Test func piecesShowTheText() throws {
        let output = try BoraProgram.run("tokenize", "--pieces", "--text", "Once upon a time")
        #expect(
            output.standardOutput
                == "2362  \"Once\"\n 694  \" upon\"\n 261  \" a\"\n 524  \" time\"\n")
    }

    @Test func specialTokensAreTextOnRequest() throws {
        let special = try BoraProgram.run("tokenize", "--text", "<|im_end|>").standardOutput
        #expect(special == "2\n")
        let plain = try BoraProgram.run("tokenize", "--no-parse-special", "--text", "<|im_end|>")
        #expect(plain.standardOutput.split(separator: " ").count > 3)
    }

    @Test func nothingHasNoTokens() throws {
        #expect(try BoraProgram.run("tokenize", input: "").standardOutput == "\n")
    }

    @Test func manyTextsComeAsJSONLines() throws {
        let texts = "\"Once upon a time\"\n\"\"\n\"a\\nb\"\n"
        let lines = try BoraProgram.run("tokenize", "--jsonl", input: texts).standardOutput
            .split(separator: "\n", omittingEmptySubsequences: false)
        let last = try BoraProgram.run("tokenize", "--text", "a\nb").standardOutput
        #expect(lines.count == 4)
        #expect(lines[0] == "2362 694 261 524")
        #expect(lines[1] == "")
        #expect(lines[2] + "\n" == last)
        let wrong = try BoraProgram.run("tokenize", "--jsonl", input: "\"a\"\n7\n")
        #expect(wrong.standardError.contains("Line 2"))
    }

    @Test func tokensAreJSONToo() throws {
        struct Tokens: Decodable {
            let tokens: [Int]
            let pieces: [String]
        }
        let tokens = try BoraProgram.run("tokenize", "--json", "--text", "Once upon a time")
            .json(as: Tokens.self)
        #expect(tokens.tokens == [2362, 694, 261, 524])
        #expect(tokens.pieces == ["Once", " upon", " a", " time"])
    }

    @Test func logitsAreANumPyFile() throws {
        let golden = try Golden.read()
        try TemporaryFolder.with { folder in
            let path = folder.path("logits.npy")
            let ids = golden.ids.map(String.init).joined(separator: " ")
            let output = try BoraProgram.run(
                "logits", "--ids", ids, "--output", path, "--dtype", "f32", "--kv-dtype", "f32")
            #expect(output.exitCode == 0, "\(output.standardError)")
            #expect(output.standardOutput.isEmpty)
            let logits = try NPYArray(reading: path)
            #expect(logits.shape == [golden.ids.count, 4096])
            let last = Array(logits[golden.ids.count - 1])
            for candidate in golden.topLogits {
                #expect(abs(last[candidate.id] - candidate.logit) < 1e-3)
            }
            #expect(last.max() == last[golden.topLogits[0].id])
            // The header is padded so that the values lie aligned.
            let size = try Data(contentsOf: URL(filePath: path)).count
            #expect((size - golden.ids.count * 4096 * 4) % 64 == 0)
        }
    }

    @Test func anIdOutsideTheVocabularyIsNamed() throws {
        let output = try BoraProgram.run("logits", "--ids", "1 4096", "--output", "/dev/null")
        #expect(output.exitCode == 2)
        #expect(output.standardError.contains("4096 at position 1"))
    }

    @Test func anOutputThatCannotBeWrittenIsNamed() throws {
        let output = try BoraProgram.run("logits", "--ids", "1", "--output", "/no/such/folder/x")
        #expect(output.exitCode == 1)
        #expect(output.standardError.contains("error: cannot create /no/such/folder/x"))
    }

    struct Score: Decodable {
        let perplexity: Double
        let error: Double
        let chunks: Int
        let scoredTokens: Int
    }

    @Test func aRepetitiveTextIsNoSurprise() throws {
        let prose = "Once upon a time there was a fox who lived in a deep forest. "
        let noise = "zq xv jk wq pf gz xk qj vb nz kd wx hq tz vq bx fj kq zx pw. "
        func perplexity(_ text: String) throws -> Score {
            try BoraProgram.run(
                "perplexity", "--json", "--context", "64",
                input: String(repeating: text, count: 12)
            ).json(as: Score.self)
        }
        let known = try perplexity(prose)
        let unknown = try perplexity(noise)
        #expect(known.perplexity > 1)
        #expect(known.perplexity < unknown.perplexity)
        #expect(known.chunks >= 2)
        #expect(known.scoredTokens > 0 && known.error > 0)
    }

    @Test func aTextShorterThanTheContextIsNamed() throws {
        let output = try BoraProgram.run("perplexity", input: "Once upon a time")
        #expect(output.exitCode == 2)
        #expect(output.standardError.contains("--context"))
    }

    struct Row: Decodable {
        let test: String
        let tokensPerSecond: Double
        let deviation: Double
        let limitShare: Double
        let threads: Int
        let parameters: Int
    }

    static let benchmark = ["bench", "-p", "16", "-n", "4", "-r", "2", "--quiet"]

    @Test func aBenchmarkHasTwoRows() throws {
        let rows = try BoraProgram.run(Self.benchmark + ["-o", "json", "-t", "1"])
            .json(as: [Row].self)
        #expect(rows.map(\.test) == ["pp16", "tg4"])
        #expect(rows.allSatisfy { $0.tokensPerSecond > 0 && $0.deviation >= 0 })
        #expect(rows.allSatisfy { $0.limitShare > 0 && $0.threads == 1 })
        #expect(rows.allSatisfy { $0.parameters > 7_000_000 })
    }

    @Test func aBenchmarkIsATable() throws {
        let markdown = try BoraProgram.run(Self.benchmark).standardOutput.split(separator: "\n")
        #expect(markdown.count == 4)
        #expect(markdown.allSatisfy { $0.hasPrefix("|") && $0.hasSuffix("|") })
        #expect(Set(markdown.map(\.count)).count == 1)
        let csv = try BoraProgram.run(Self.benchmark + ["-o", "csv"]).standardOutput
            .split(separator: "\n").map { $0.split(separator: ",") }
        #expect(csv.count == 3)
        #expect(csv.allSatisfy { $0.count == csv[0].count })
        #expect(csv[0].contains("tokens_per_second"))
    }

    @Test func aBenchmarkOfOneTestHasOneLine() throws {
        let lines = try BoraProgram.run(Self.benchmark + ["-n", "0", "-d", "8", "-o", "jsonl"])
        #expect(lines.standardOutput.split(separator: "\n").count == 1)
        #expect(try lines.json(as: Row.self).test == "pp16 @ d8")
    }
}
