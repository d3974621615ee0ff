import Foundation
import TestSupport
import Testing

/// `render`: the prompt, byte for byte.
@Suite struct RenderCommandTests {
    private static let conversation = #"""
        {"messages": [{"role": "user", "content": "Hi é 🦊"}],
         "tools": [{"type": "function", "function": {"name": "now", "strict": true, "n": 1.0}}]}
        """#

    private func render(_ arguments: [String], input: String = conversation) throws -> String {
        let output = try BoraProgram.run(["render"] + arguments, input: input)
        #expect(output.standardError.isEmpty)
        #expect(output.exitCode == 0)
        return output.standardOutput
    }

    @Test func theEmbeddedModelHasATemplate() throws {
        let prompt = "<|im_start|>user\nHi é 🦊<|im_end|>\n"
        #expect(try render([]) == prompt + "<|im_start|>assistant\n")
        #expect(try render(["--no-generation-prompt"]) == prompt)
        #expect(try render([BoraProgram.modelPath, "--no-generation-prompt"]) == prompt)
        let messages = #"[{"role": "user", "content": "Hi é 🦊"}]"#
        #expect(try render(["--no-generation-prompt"], input: messages) == prompt)
    }

    @Test func aTemplateNeedsNoModel() throws {
        try TemporaryFolder.with { folder in
            let template = folder.write(
                "{{ eos_token }}|{{ tools | tojson }}|{{ x }}{{ y }}|{{ documents is none }}\n",
                to: "t.jinja")
            let messages = folder.write(Self.conversation, to: "m.json")
            let context = folder.write(
                #"{"x": false, "y": {"b": [1e16], "a": null}}"#, to: "c.json")
            let tools =
                #"[{"type": "function", "function": {"name": "now", "strict": true, "n": 1.0}}]"#
            let arguments = ["--template", template, "--messages", messages]
            #expect(try render(arguments) == "|\(tools)||True")
            #expect(
                try render(arguments + ["--context", context])
                    == "|\(tools)|False{'b': [1e+16], 'a': None}|True")
            // With a model, its special tokens are known.
            #expect(
                try render(arguments + ["-m", BoraProgram.modelPath])
                    == "<|im_end|>|\(tools)||True")
            let other = folder.write("[]", to: "tools.json")
            #expect(try render(arguments + ["--tools", other]) == "|[]||True")
            struct Document: Decodable { let text: String }
            let document = try BoraProgram.run(["render", "--json"] + arguments)
                .json(as: Document.self)
            #expect(document.text == "|\(tools)||True")
        }
    }

    @Test func foldersHaveTemplates() throws {
        try TemporaryFolder.with { folder in
            _ = folder.write(#"{"model_type": "llama"}"#, to: "config.json")
            let settings = #"""
                {"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": null,
                 "add_bos_token": true, "chat_template":
                 [{"name": "default", "template": "{{ bos_token }}{{ eos_token }}d"},
                  {"name": "tool_use", "template": "{{ unk_token }}t"}]}
                """#
            _ = folder.write(settings, to: "tokenizer_config.json")
            _ = folder.write(
                #"{"bos_token": "other", "eos_token": "</s>", "unk_token": "<unk>"}"#,
                to: "special_tokens_map.json")
            let withTools = try render([folder.url.path])
            #expect(withTools == "<unk>t")
            let without = try render([folder.url.path], input: "[]")
            #expect(without == "<s></s>d")
            _ = folder.write("{{ bos_token }}jinja", to: "chat_template.jinja")
            let separate = try render([folder.url.path])
            #expect(separate == "<s>jinja")
        }
    }

    @Test func ggufFilesHaveNamedTemplates() throws {
        try TemporaryFolder.with { folder in
            var file = GGUFBuilder()
            file.set("tokenizer.ggml.tokens", .array([.string("<unk>"), .string("<s>")]))
            file.set("tokenizer.ggml.bos_token_id", .uint32(1))
            file.set("tokenizer.ggml.eos_token_id", .uint32(9))
            file.set("tokenizer.chat_template.tool_use", .string("{{ bos_token }}t"))
            let tools = folder.write(Data(file.build()), to: "tools.gguf")
            #expect(try render([tools]) == "<s>t")
            let refused = try BoraProgram.run(["render", tools], input: "[]")
            #expect(refused.exitCode == 1)
            #expect(refused.standardError.contains("(tool_use)"))
            file.set("tokenizer.chat_template", .string("{{ bos_token }}{{ eos_token }}d"))
            let both = folder.write(Data(file.build()), to: "both.gguf")
            #expect(try render([both]) == "<s>t")
            #expect(try render([both], input: "[]") == "<s>d")
        }
    }

    @Test(arguments: [
        ("{{ 1 +", "[]", "line 1, column"),
        ("\n  {{ raise_exception('Roles must alternate') }}", "[]", "line 2, column"),
        ("{% include 'x' %}", "[]", "'include'"),
        ("", "{}", "a list of messages"),
        ("", "[1]", "each message of a conversation is an object"),
        ("", #"{"messages": [], "tools": 1}"#, "\"tools\""),
        ("", "[", "standard input, byte"),
        ("", #"[{"role": "user", "n": 18446744073709551616}]"#, "64 bits"),
        ("{{ 'a' * 10 ** 12 }}", "[]", "bytes"),
    ])
    func failuresSayWhere(_ template: String, _ input: String, _ words: String) throws {
        try TemporaryFolder.with { folder in
            let path = folder.write(template, to: "broken.jinja")
            let output = try BoraProgram.run(["render", "--template", path], input: input)
            #expect(output.exitCode == 1)
            #expect(output.standardOutput.isEmpty)
            #expect(output.standardError.hasPrefix("error: "))
            #expect(output.standardError.contains(words), "\(output.standardError)")
            if !template.isEmpty { #expect(output.standardError.contains("broken.jinja")) }
        }
    }
}
