import Testing

/// Help, versions, and what is said about wrong usage.
@Suite struct UsageTests {
    @Test func helpNamesEveryCommand() throws {
        let help = try BoraProgram.run("--help")
        #expect(help.exitCode == 0)
        #expect(help.standardError.isEmpty)
        let commands = [
            "run", "plan", "devices", "bench", "inspect", "tokenize", "render", "logits",
            "perplexity",
        ]
        for command in commands {
            // Behind it stand what it does, or its older names.
            let isListed = [" ", ","].contains {
                help.standardOutput.contains("\n  \(command)\($0)")
            }
            #expect(isListed, "no \(command)")
        }
    }

    @Test(arguments: [
        ("run", "--repetition-penalty"), ("plan", "--max-seq-len"), ("devices", "--measure"),
        ("bench", "-r <count>"), ("inspect", "--json"), ("tokenize", "--no-parse-special"),
        ("render", "--no-generation-prompt"), ("logits", "--ids"), ("perplexity", "--context"),
    ])
    func commandsHaveHelp(_ command: String, _ option: String) throws {
        let help = try BoraProgram.run(command, "--help")
        #expect(help.exitCode == 0)
        #expect(help.standardOutput.contains(option))
    }

    @Test func versionIsPrinted() throws {
        let version = try BoraProgram.run("--version")
        #expect(version.exitCode == 0)
        #expect(version.standardOutput.wholeMatch(of: /bora \d+\.\d+\.\d+\n/) != nil)
    }

    @Test func noCommandShowsHelp() throws {
        let output = try BoraProgram.run()
        #expect(output.exitCode == 0)
        #expect(output.standardOutput.contains("USAGE: bora"))
    }

    @Test(arguments: [
        ["fly"],
        ["run", "--no-such-flag", "x"],
        ["run", "--temperature", "warm", "x"],
        ["run", "--seed", "-1", "x"],
        ["run", "--max-tokens", "0", "x"],
        ["run", "--greedy", "--temperature", "1", "x"],
        ["run", "--raw", "--system", "Be brief.", "x"],
        ["run", "--prompt", "x", "y"],
        ["run", "--quiet", "--verbose", "x"],
        ["run", "--kv-dtype", "q4_0", "x"],
        ["run", "--stop", "", "x"],
        ["plan", "--reserve", "much"],
        ["plan", "--expect", "12"],
        ["plan", "--dtype", "f64"],
        ["plan", "--cpu", "--devices", "cpu"],
        ["plan", "--hypothetical", "rig.yaml", "--cpu"],
        ["plan", "--plan", "plan.json", "--topology", "t.yaml"],
        ["plan", "--plan", "plan.json", "--max-seq-len", "64"],
        ["run", "--plan", "plan.json", "--max-batch-size", "2", "x"],
        ["plan", "--plan", "plan.json", "--expect", "1,2"],
        ["plan", "--plan", "plan.json", "--reserve", "1GiB"],
        ["devices", "--cpu", "--devices", "cpu"],
        ["plan", "a.gguf", "--model", "b.gguf"],
        ["bench", "-o", "xml"],
        ["bench", "--json", "-o", "csv"],
        ["tokenize", "--text", "x", "--file", "y"],
        ["logits", "--ids", "1 two 3", "--output", "x.npy"],
        ["logits", "--ids", "", "--output", "x.npy"],
        ["logits", "--output", "x.npy"],
    ])
    func wrongUsageIsExitCode2(_ arguments: [String]) throws {
        let output = try BoraProgram.run(arguments)
        #expect(output.exitCode == 2)
        #expect(output.standardOutput.isEmpty)
        #expect(output.standardError.contains("Error: "))
        #expect(output.standardError.contains("Usage: bora"))
    }

    @Test func aRunWithoutPromptSaysHowToGiveOne() throws {
        let output = try BoraProgram.run("run")
        #expect(output.exitCode == 2)
        #expect(output.standardError.contains("There is no prompt. Give one: bora run"))
    }
}
