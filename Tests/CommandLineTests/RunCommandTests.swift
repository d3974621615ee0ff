import Foundation
import Glibc
import Testing

@Suite struct RunCommandTests {
    static let prompt = "Tell me a story about a fox and a king."

    struct Answer: Decodable {
        struct Token: Decodable {
            struct Candidate: Decodable {
                let id: Int
                let logprob: Float
            }

            let id: Int
            let text: String
            let logprob: Float?
            let alternatives: [Candidate]?
        }

        struct Usage: Decodable {
            let promptTokens: Int
            let cachedTokens: Int
            let generatedTokens: Int
        }

        struct Plan: Decodable {
            struct Layer: Decodable {
                let device: String
            }

            let layers: [Layer]
        }

        let text: String
        let tokens: [Token]
        let finishReason: String
        let usage: Usage
        let plan: Plan
    }

    /// What `transformers` continues with (scripts/make_tale_goldens.py).
    struct Golden: Decodable {
        struct Greedy: Decodable {
            let ids: [Int]
            let continuation: [Int]
            let text: String
        }

        let greedy: Greedy

        static func read() throws -> Golden {
            let path = BoraProgram.repository.appending(
                path: "Tests/GoldenTests/Resources/tale.json")
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: path))
        }
    }

    @Test func theMapAndTheSpeedsStandBesideTheAnswer() throws {
        let output = try BoraProgram.run("run", "--greedy", "--max-tokens", "8", Self.prompt)
        #expect(output.exitCode == 0)
        #expect(!output.standardOutput.isEmpty)
        #expect(!output.standardOutput.contains("Layers"))
        let map = try #require(output.standardError.range(of: "Layers 0-7: cpu"))
        let speed = try #require(output.standardError.range(of: "tokens/s"))
        #expect(map.upperBound < speed.lowerBound)
        #expect(output.standardError.contains("Answer: 8 tokens"))
    }

    @Test func quietLeavesTheAnswerAlone() throws {
        let loud = try BoraProgram.run("run", "--greedy", "--max-tokens", "8", Self.prompt)
        let quiet = try BoraProgram.run(
            "run", "--quiet", "--greedy", "--max-tokens", "8", Self.prompt)
        #expect(quiet.standardError.isEmpty)
        #expect(quiet.standardOutput == loud.standardOutput)
    }

    @Test func theGreedyAnswerIsThatOfTransformers() throws {
        let golden = try Golden.read().greedy
        let answer = try BoraProgram.run(
            "run", "--json", "--greedy", "--dtype", "f32", "--kv-dtype", "f32",
            "--max-tokens", "\(golden.continuation.count)", Self.prompt
        ).json(as: Answer.self)
        #expect(answer.tokens.map(\.id) == golden.continuation)
        #expect(answer.usage.promptTokens == golden.ids.count)
        #expect(answer.text == golden.text)
        #expect(answer.finishReason == "length")
    }

    @Test func thePromptComesFromAnywhere() throws {
        let options = ["run", "--quiet", "--greedy", "--max-tokens", "6"]
        let expected = try BoraProgram.run(options + [Self.prompt]).standardOutput
        let words = Self.prompt.split(separator: " ").map(String.init)
        #expect(try BoraProgram.run(options + words).standardOutput == expected)
        #expect(
            try BoraProgram.run(options + ["--prompt", Self.prompt]).standardOutput == expected)
        #expect(try BoraProgram.run(options, input: Self.prompt).standardOutput == expected)
        try TemporaryFolder.with { folder in
            let path = folder.write(Self.prompt, to: "prompt.txt")
            let fromFile = try BoraProgram.run(options + ["--file", path])
            #expect(fromFile.standardOutput == expected)
        }
    }

    @Test func theFileAnswersAsTheEmbeddedModelDoes() throws {
        let options = ["run", "--quiet", "--greedy", "--max-tokens", "6", Self.prompt]
        let embedded = try BoraProgram.run(options)
        let file = try BoraProgram.run(options + ["-m", BoraProgram.modelPath])
        #expect(embedded.exitCode == 0)
        #expect(file.standardOutput == embedded.standardOutput)
    }

    @Test func theSameSeedGivesTheSameText() throws {
        let options = ["run", "--quiet", "--temperature", "1.5", "--max-tokens", "24", Self.prompt]
        let first = try BoraProgram.run(options + ["--seed", "7"]).standardOutput
        #expect(try BoraProgram.run(options + ["--seed", "7", "-t", "1"]).standardOutput == first)
        #expect(try BoraProgram.run(options + ["--seed", "8"]).standardOutput != first)
    }

    @Test func aStopTextEndsTheAnswerBeforeIt() throws {
        let golden = try Golden.read().greedy.text
        let stop = String(golden.dropFirst(40).prefix(6))
        let expected = try #require(golden.range(of: stop)).lowerBound
        let answer = try BoraProgram.run(
            "run", "--json", "--greedy", "--dtype", "f32", "--stop", stop, "--max-tokens", "64",
            Self.prompt
        ).json(as: Answer.self)
        #expect(answer.text == String(golden[..<expected]))
        #expect(answer.finishReason == "stop")
    }

    @Test func jsonCarriesThePlanAndLogprobs() throws {
        let output = try BoraProgram.run(
            "run", "--json", "--quiet", "--greedy", "--logprobs", "3", "--max-tokens", "4",
            Self.prompt)
        #expect(output.standardError.isEmpty)
        let answer = try output.json(as: Answer.self)
        #expect(answer.plan.layers.map(\.device) == Array(repeating: "cpu", count: 8))
        #expect(answer.usage.generatedTokens == 4)
        #expect(answer.usage.cachedTokens == 0)
        #expect(answer.tokens.map(\.text).joined() == answer.text)
        for token in answer.tokens {
            // The most likely token was taken, so it is the first candidate.
            let candidates = try #require(token.alternatives)
            #expect(candidates.count == 3)
            #expect(candidates[0].id == token.id)
            #expect(candidates[0].logprob == token.logprob)
            #expect(candidates.map(\.logprob) == candidates.map(\.logprob).sorted(by: >))
        }
    }

    @Test func tokensCarryNoLogprobsUnasked() throws {
        let answer = try BoraProgram.run("run", "--json", "--max-tokens", "2", Self.prompt)
            .json(as: Answer.self)
        #expect(answer.tokens.allSatisfy { $0.logprob == nil && $0.alternatives == nil })
    }

    @Test func theSystemMessageAndTheTemplateCount() throws {
        func tokens(_ options: String...) throws -> Int {
            try BoraProgram.run(
                ["run", "--json", "--max-tokens", "1", Self.prompt] + options
            ).json(as: Answer.self).usage.promptTokens
        }
        let chat = try tokens()
        #expect(try tokens("--raw") < chat)
        #expect(try tokens("--system", "You tell tales.") > chat)
    }

    @Test func aReaderThatLeavesIsNoError() throws {
        let process = try BoraProgram.process([
            "run", "--quiet", "--max-tokens", "200", Self.prompt,
        ])
        let pipe = Pipe()
        try TemporaryFolder.with { folder in
            process.standardOutput = pipe
            process.standardError = try folder.newFile("error")
            try pipe.fileHandleForReading.close()
            try process.run()
            process.waitUntilExit()
            #expect(try folder.read("error").isEmpty)
        }
    }

    @Test func interruptionStopsTheAnswer() throws {
        let process = try BoraProgram.process(["run", "--quiet", "--logprobs", "20", Self.prompt])
        let answer = Pipe()
        let candidates = Pipe()
        // One page, which the candidates of a few tokens fill: the program waits until they are
        // read, and so cannot be done before it is interrupted.
        let setPipeSize: Int32 = 1031
        _ = fcntl(candidates.fileHandleForWriting.fileDescriptor, setPipeSize, 4096)
        process.standardOutput = answer
        process.standardError = candidates
        try process.run()
        // The answer has begun, so the program listens.
        _ = answer.fileHandleForReading.availableData
        process.interrupt()
        _ = try candidates.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
    }
}
