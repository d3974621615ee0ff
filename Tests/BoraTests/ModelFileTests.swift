import Bora
import Testing

/// What the files beside safetensors say about a model.
@Suite struct ModelFileTests {
    private static let named =
        #"[{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]"#

    @Test(
        arguments: [
            ([:], nil), (["tokenizer_config.json": "{}"], nil),
            (["tokenizer_config.json": #"{"chat_template": null}"#], nil),
            (["tokenizer_config.json": #"{"chat_template": "{{ 'ü' }}\n"}"#], "{{ 'ü' }}\n"),
            (["tokenizer_config.json": "{\"chat_template\": \(named)}"], "D"),
            (["chat_template.jinja": "J\n"], "J\n"),
            (
                ["chat_template.jinja": "J", "tokenizer_config.json": #"{"chat_template": "S"}"#],
                "J"
            ),
        ] as [([String: String], String?)])
    func chatTemplate(_ files: [String: String], _ template: String?) throws {
        try ModelFile.inFolder(files) { file in
            let found = try file.chatTemplate
            #expect(found == template)
        }
    }

    @Test func inspection() throws {
        try ModelFile.inFolder(["tokenizer_config.json": #"{"tokenizer_class": "LlamaTokenizer"}"#])
        { file in
            let model = try file.inspect()
            #expect(model.architecture == "llama")
            #expect(model.format == "configuration without weights")
            #expect(model.tokenizer == "LlamaTokenizer")
            #expect(model.vocabulary == 50)
            #expect(model.parameters == 0)
            #expect(model.tensors.isEmpty)
            #expect(model.metadata.map(\.key) == ["model_type", "text_config.vocab_size"])
        }
    }

    @Test func aConfigurationIsNotLoaded() throws {
        try ModelFile.inFolder([:]) { file in
            #expect(!file.hasWeights)
            #expect {
                try file.requireWeights()
            } throws: {
                Failure($0).message.contains("no weights")
            }
        }
    }
}
