import Foundation
import Testing

/// `bora run` without a prompt, at a terminal.
@Suite struct ChatTests {
    private static let greedy = ["run", "--greedy", "--max-tokens", "12"]
    private static let message = RunCommandTests.prompt
    private static let reply = "And what did the king say to the fox when they met in the forest?"

    /// Runs a chat up to its first prompt, and after `body` sees it end with `exitCode`.
    private static func chat(
        _ arguments: [String], exitCode: Int32 = 0,
        _ body: (TerminalProgram, TemporaryFolder) throws -> Void
    ) throws {
        try TemporaryFolder.with { folder in
            let program = try TerminalProgram(arguments, output: folder.newFile("output"))
            defer { if program.process.isRunning { program.process.terminate() } }
            try program.read(until: "> ")
            try body(program, folder)
            #expect(program.exitCode() == exitCode)
        }
    }

    @Test func theMapComesFirstAndSpeedsAfterEachAnswer() throws {
        try TemporaryFolder.with { folder in
            let program = try TerminalProgram(Self.greedy, output: folder.newFile("output"))
            let start = try program.read(until: "> ")
            #expect(start.contains("Layers 0-7: cpu") && start.contains("/help"))
            let first = try program.answer(Self.message)
            #expect(first.contains("Answer: 12 tokens") && !first.contains("cached"))
            // The first turn need not be computed again.
            let second = try program.answer(Self.reply)
            let cached = try #require(second.firstMatch(of: /\((\d+) cached\)/))
            #expect(Int(cached.1)! >= 32)
            try program.typeEnd()
            #expect(program.exitCode() == 0)
            let alone = try BoraProgram.run(Self.greedy + ["--quiet", Self.message])
            #expect(try folder.read("output").hasPrefix(alone.standardOutput))
        }
    }

    /// With `-i`, lines come from anywhere; here with options before the command, as in the older
    /// style.
    @Test func aChatCanBePiped() throws {
        let lines = "\(Self.message)\n\(Self.reply)\n"
        let output = try BoraProgram.run(
            ["-i", "plain", "-m", BoraProgram.modelPath, "-a", "Llama"]
                + Self.greedy.dropFirst(), input: lines)
        #expect(output.exitCode == 0)
        #expect(output.standardError.ranges(of: "Answer: 12 tokens").count == 2)
        let alone = try BoraProgram.run(Self.greedy + ["--quiet", Self.message])
        #expect(output.standardOutput.hasPrefix(alone.standardOutput))
        let withPrompt = try BoraProgram.run(["run", "-i", "Hello"])
        #expect(withPrompt.exitCode == 2)
    }

    @Test func aLoadedConversationGoesOnTheSame() throws {
        try TemporaryFolder.with { saved in
            let path = saved.path("chat.json")
            var answers: [String] = []
            try Self.chat(Self.greedy + ["--quiet", "--system", "You tell tales."]) {
                program, folder in
                _ = try program.answer(Self.message)
                #expect(try program.answer("/save \(path)").contains("Saved 2 messages"))
                let before = try folder.read("output").count
                _ = try program.answer(Self.reply)
                answers.append(String(try folder.read("output").dropFirst(before)))
                try program.type("/exit")
            }
            // Nothing of it is in a cache now.
            try Self.chat(["run", "--quiet"]) { program, folder in
                #expect(try program.answer("/load \(path)").contains("after 2 messages"))
                #expect(try program.answer("/show").contains("max-tokens 12, temperature 0.0"))
                _ = try program.answer(Self.reply)
                answers.append(try folder.read("output"))
                #expect(try program.answer("/save \(path)").contains("/save! \(path) replaces it"))
                #expect(try program.answer("/save! \(path)").contains("Saved 4 messages"))
                try program.type("/exit")
            }
            #expect(answers[0] == answers[1])
        }
    }

    @Test func settingsAndTheSystemMessageCount() throws {
        try Self.chat(Self.greedy) { program, _ in
            func promptTokens(_ shown: String) throws -> Int {
                Int(try #require(shown.firstMatch(of: /Prompt: (\d+) tokens/)).1)!
            }
            _ = try program.answer("/set max-tokens 3")
            let plain = try program.answer(Self.message)
            #expect(plain.contains("Answer: 3 tokens"))
            _ = try program.answer("/clear")
            _ = try program.answer("/system You tell tales.")
            let system = try program.answer(Self.message)
            #expect(try promptTokens(system) > promptTokens(plain))
            let facts = try program.answer("/show")
            #expect(facts.contains("System: You tell tales."))
            #expect(facts.contains("max-tokens 3"))
            #expect(facts.contains("Messages: 2"))
            try program.typeEnd()
        }
    }

    @Test func whatCannotBeDoneIsSaidAndTheChatGoesOn() throws {
        try Self.chat(Self.greedy) { program, folder in
            #expect(try program.answer("/fly").contains("error: there is no command /fly"))
            #expect(try program.answer("/set top-p 3").contains("error: top_p is 3.0"))
            let missing = folder.path("missing.json")
            #expect(try program.answer("/load \(missing)").contains("error: cannot open"))
            let long = String(repeating: "fox ", count: 1100)
            #expect(try program.answer(long).contains("4095 bytes"))
            try program.type("\"\"\"")
            for _ in 0..<40 {
                try program.type(String(repeating: "a fox and a king ", count: 10))
                try program.read(until: ". ")
            }
            try program.read(until: ". ")
            #expect(try program.answer("\"\"\"").contains("/clear forgets the conversation"))
            #expect(try program.answer(Self.message).contains("Answer: 12 tokens"))
            try program.type("/exit")
        }
    }

    @Test func ctrlCTwiceLeaves() throws {
        try Self.chat(Self.greedy, exitCode: 130) { program, _ in
            program.process.interrupt()
            try program.read(until: "(Ctrl-C once more or Ctrl-D leaves")
            try program.read(until: "> ")
            program.process.interrupt()
        }
    }

    @Test func aLineTakesBackTheFirstCtrlC() throws {
        try Self.chat(Self.greedy) { program, _ in
            try program.type("\"\"\"a message that is dropped")
            try program.read(until: ". ")
            for _ in 0..<2 {
                program.process.interrupt()
                try program.read(until: "(Ctrl-C once more or Ctrl-D leaves")
                try program.read(until: "> ")
                #expect(try program.answer("/show").contains("Messages: 0"))
            }
            try program.type("/exit")
        }
    }

    @Test func ctrlCStopsTheAnswerAndKeepsItsBeginning() throws {
        try Self.chat(["run", "--quiet", "--logprobs", "20", "--seed", "1"]) { program, folder in
            try program.type(Self.message)
            // What the program shows of the candidates fills the terminal until it is read: so the
            // answer cannot be over yet.
            try program.read(until: "[")
            program.process.interrupt()
            try program.read(until: "(Stopped.)")
            try program.read(until: "> ")
            let path = folder.path("chat.json")
            #expect(try program.answer("/save \(path)").contains("Saved 2 messages"))
            let saved = try JSONDecoder().decode(
                Saved.self, from: Data(folder.read("chat.json").utf8))
            let shown = try folder.read("output")
            #expect(!saved.messages[1].content.isEmpty)
            #expect(shown == saved.messages[1].content + "\n")
            try program.type("/exit")
        }
    }

    private struct Saved: Decodable {
        struct Message: Decodable {
            let content: String
        }

        let messages: [Message]
    }

    @Test(arguments: ["--json", "--raw"])
    func whatMakesNoSenseInAChatIsWrongUsage(_ option: String) throws {
        try TemporaryFolder.with { folder in
            let program = try TerminalProgram(["run", option], output: folder.newFile("output"))
            try program.read(until: "Error: \(option) needs a prompt")
            #expect(program.exitCode() == 2)
        }
    }
}
