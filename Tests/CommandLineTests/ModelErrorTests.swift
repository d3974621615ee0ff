import Foundation
import Testing

/// Files that are no models: one clear line, exit code 1, nothing on standard output.
@Suite struct ModelErrorTests {
    static let commands = [
        ["plan"], ["inspect"], ["bench"], ["tokenize", "--text", "x"], ["run", "x"],
        ["logits", "--ids", "1", "--output", "/dev/null"], ["perplexity", "--file", "/dev/null"],
    ]

    private func expectFailure(
        _ arguments: [String], saying text: String, exitCode: Int32 = 1
    ) throws {
        let output = try BoraProgram.run(arguments)
        #expect(output.exitCode == exitCode, "\(arguments)")
        #expect(output.standardOutput.isEmpty)
        #expect(output.standardError.hasPrefix("error: "))
        #expect(output.standardError.contains(text), "\(output.standardError)")
    }

    @Test(arguments: commands)
    func aMissingFileIsNamed(_ command: [String]) throws {
        try expectFailure(
            command + ["--model", "/no/such/model.gguf"], saying: "/no/such/model.gguf")
    }

    @Test(arguments: commands)
    func aFolderWithoutModelIsNamed(_ command: [String]) throws {
        try TemporaryFolder.with { folder in
            try expectFailure(command + ["--model", folder.url.path], saying: "holds no model")
        }
    }

    /// Only plans are made from a configuration.
    @Test(arguments: [["run", "x"], ["bench"], ["logits", "--ids", "1", "--output", "/dev/null"]])
    func aConfigurationIsNotRun(_ command: [String]) throws {
        try TemporaryFolder.with { folder in
            let path = folder.write(Data(Self.configuration.utf8), to: "config.json")
            try expectFailure(command + ["--model", path], saying: "no weights")
            try expectFailure(command + ["--model", folder.url.path], saying: "no weights")
        }
    }

    private static let configuration = """
        {
          "model_type": "llama", "hidden_size": 64, "intermediate_size": 96,
          "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
          "vocab_size": 50, "rms_norm_eps": 1e-5, "max_position_embeddings": 256
        }
        """

    @Test(arguments: ["model", "a/b/c", "owner/na--me"])
    func aNameThatIsNoneSaysWhatNamesAre(_ name: String) throws {
        try expectFailure(["plan", name], saying: "owner/name:Q4_K_M")
    }

    @Test(arguments: [0, 3, 24, 1000, 100_000, 1_000_000])
    func aTruncatedFileIsNotRead(_ bytes: Int) throws {
        let model = try Data(contentsOf: URL(filePath: BoraProgram.modelPath))
        try TemporaryFolder.with { folder in
            let path = folder.write(model.prefix(bytes), to: "cut.gguf")
            for command in [["run", "x"], ["plan"], ["inspect"]] {
                try expectFailure(command + ["-m", path], saying: path)
            }
        }
    }

    @Test func anUnknownArchitectureIsNamed() throws {
        try expectFailure(["plan", "--arch", "abacus"], saying: "abacus")
    }

    @Test func aModelThatDoesNotFitGetsABill() throws {
        try expectFailure(
            ["plan", "--max-batch-size", "4096", "--max-seq-len", "1048576"], saying: "KV")
    }

    @Test(arguments: [
        ["--threads", "0"], ["--max-seq-len", "0"], ["--max-batch-size", "0"],
        ["--expect", "0,0"],
    ])
    func sizesOutOfRangeAreNamed(_ option: [String]) throws {
        try expectFailure(["plan"] + option, saying: option[0], exitCode: 2)
    }

    @Test func aFileThatIsNotTextIsNotAPrompt() throws {
        try expectFailure(["run", "--file", BoraProgram.modelPath], saying: "not UTF-8")
    }
}
