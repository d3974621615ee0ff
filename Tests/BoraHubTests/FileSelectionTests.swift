import BoraCore
import BoraHub
import Testing

@Suite struct FileSelectionTests {
    static let quantized = [
        "README.md", "m-Q4_K_M.gguf", "m-Q4_K_S.gguf", "m-IQ4_XS.gguf", "m-UD-Q4_K_XL.gguf",
        "m-bf16-00001-of-00002.gguf", "m-bf16-00002-of-00002.gguf", "mmproj-m-F16.gguf",
        "Q8_0/m-Q8_0-00001-of-00002.gguf", "Q8_0/m-Q8_0-00002-of-00002.gguf",
    ]

    static func select(_ id: String, _ files: [String]) throws -> FileSelection {
        try FileSelection(of: HubID(id)!, among: files)
    }

    @Test(arguments: [
        ("Q4_K_M", ["m-Q4_K_M.gguf"]), ("q4_k_m", ["m-Q4_K_M.gguf"]), ("IQ4_XS", ["m-IQ4_XS.gguf"]),
        ("Q4_K_XL", ["m-UD-Q4_K_XL.gguf"]), ("UD-Q4_K_XL", ["m-UD-Q4_K_XL.gguf"]),
        ("BF16", ["m-bf16-00001-of-00002.gguf", "m-bf16-00002-of-00002.gguf"]),
        ("Q8_0", ["Q8_0/m-Q8_0-00001-of-00002.gguf", "Q8_0/m-Q8_0-00002-of-00002.gguf"]),
        ("m-Q4_K_S.gguf", ["m-Q4_K_S.gguf"]), ("m-Q4_K_S", ["m-Q4_K_S.gguf"]),
        (
            "Q8_0/m-Q8_0-00001-of-00002.gguf",
            ["Q8_0/m-Q8_0-00001-of-00002.gguf", "Q8_0/m-Q8_0-00002-of-00002.gguf"]
        ),
    ])
    func aChoiceFindsItsFiles(_ choice: String, _ files: [String]) throws {
        let selection = try Self.select("o/m:\(choice)", Self.quantized)
        #expect(selection.weights == .files(files))
        #expect(selection.entry == files[0])
        #expect(selection.companions == [])
    }

    @Test(arguments: ["Q4_K", "Q4_XS", "Q2_K", "F16", "4"])
    func aChoiceThatIsNotThereSaysWhatIs(_ choice: String) throws {
        let error = try #require(throws: HubError.self) {
            try Self.select("o/m:\(choice)", Self.quantized)
        }
        #expect(error.code == .noModel)
        #expect(
            error.explanation.hasSuffix(
                "There are: Q8_0, IQ4_XS, Q4_K_M, Q4_K_S, UD-Q4_K_XL, bf16"))
    }

    @Test func severalModelsAreAnErrorThatListsThem() throws {
        let error = try #require(throws: HubError.self) {
            try Self.select("o/m", Self.quantized)
        }
        #expect(error.code == .ambiguous)
        #expect(error.explanation.contains("o/m:Q8_0"))
        let twice = try #require(throws: HubError.self) {
            try Self.select("o/m:Q8_0", ["a-Q8_0.gguf", "b-Q8_0.gguf"])
        }
        #expect(twice.code == .ambiguous)
        #expect(twice.explanation.contains("a-Q8_0.gguf, b-Q8_0.gguf"))
    }

    @Test func safetensorsComeWithWhatBelongsToThem() throws {
        let files = [
            "README.md", "config.json", "flax_model.msgpack", "model.safetensors",
            "original/consolidated.00.pth", "pytorch_model.bin", "tokenizer.json",
            "tokenizer_config.json", "vocab.json", "m-Q8_0.gguf",
        ]
        let selection = try Self.select("o/m", files)
        #expect(selection.weights == .files(["model.safetensors"]))
        #expect(selection.companions == ["config.json", "tokenizer.json", "tokenizer_config.json"])
        #expect(selection.entry == nil)
        let sharded = try Self.select(
            "o/m",
            [
                "config.json", "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors", "model.safetensors.index.json",
            ])
        #expect(sharded.weights == .index("model.safetensors.index.json"))
        #expect(try Self.select("o/m", ["config.json"]).weights == .none)
    }

    @Test func weightsThatAreNotReadAreNamed() throws {
        let error = try #require(throws: HubError.self) {
            try Self.select("o/m", ["config.json", "pytorch_model.bin"])
        }
        #expect(error.code == .noModel)
        #expect(error.explanation.contains("pytorch_model.bin"))
    }

    @Test func anIndexNamesItsFiles() throws {
        func files(_ text: String) throws -> [String] {
            let bytes = Array(text.utf8)
            return try FileSelection.files(
                ofIndex: ByteSource(name: "index", prefix: bytes, count: bytes.count))
        }
        #expect(
            try files(
                "{\"weight_map\": {\"a\": \"2.safetensors\", \"b\": \"1.safetensors\", "
                    + "\"c\": \"2.safetensors\"}}") == ["1.safetensors", "2.safetensors"])
        for text in [
            "", "{}", "{\"weight_map\": {\"a\": 1}}", "{\"weight_map\": {\"a\": \"../x\"}}",
            "{\"weight_map\": {\"a\": \"/x\"}}",
        ] {
            #expect(throws: (any Error).self) { try files(text) }
        }
    }
}
