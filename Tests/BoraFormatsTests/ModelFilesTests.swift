import BoraCore
import BoraFormats
import FoundationEssentials
import TestSupport
import Testing

/// Which model a path or a folder stands for.
@Suite struct ModelFilesTests {
    private static let contents: [String: [UInt8]] = {
        var safetensors = SafetensorsBuilder()
        safetensors.addTensor("weight", Shape(1), values: [1])
        let index = #"{"weight_map": {"weight": "model-00001-of-00001.safetensors"}}"#
        return [
            "config.json": Array(#"{"model_type": "llama"}"#.utf8),
            "model.safetensors": safetensors.build(),
            "model-00001-of-00001.safetensors": safetensors.build(),
            "model.safetensors.index.json": Array(index.utf8),
            "other.safetensors": safetensors.build(),
            "a.gguf": GGUFBuilder(architecture: "qwen2").build(),
            "b.gguf": GGUFBuilder(architecture: "qwen3").build(),
            "mmproj-model.gguf": GGUFBuilder(architecture: "clip").build(),
            "pytorch_model.bin": Array("PK".utf8), "consolidated.00.pth": Array("PK".utf8),
            "README.md": Array("# Model".utf8),
        ]
    }()

    private func open(_ names: [String]) throws -> Checkpoint {
        var sources: [String: ByteSource] = [:]
        for name in names {
            sources[name] = try ByteSource(named: name, try #require(Self.contents[name]))
        }
        return try Checkpoint(in: ModelFiles(name: "folder", sources: sources))
    }

    @Test(arguments: [
        (["config.json", "model.safetensors"], "safetensors"),
        (
            ["config.json", "model.safetensors.index.json", "model-00001-of-00001.safetensors"],
            "safetensors"
        ),
        (
            [
                "config.json", "model.safetensors", "model.safetensors.index.json", "a.gguf",
                "pytorch_model.bin",
            ], "safetensors"
        ),
        (["a.gguf"], "GGUF v3"), (["a.gguf", "README.md", "mmproj-model.gguf"], "GGUF v3"),
        (["a.gguf", "config.json"], "GGUF v3"),
        (["config.json", "README.md"], "configuration without weights"),
    ])
    func folders(_ names: [String], _ format: String) throws {
        let checkpoint = try open(names)
        #expect(checkpoint.format == format)
        #expect(checkpoint.architecture == (format == "GGUF v3" ? "qwen2" : "llama"))
    }

    @Test(
        arguments: [
            ([], .noModel, "no model"), (["README.md"], .noModel, "no model"),
            (["a.gguf", "b.gguf"], .severalModels, "\"a.gguf\", \"b.gguf\""),
            (["config.json", "pytorch_model.bin"], .noModel, "save_pretrained"),
            (["consolidated.00.pth"], .noModel, "consolidated.00.pth"),
            (["model.safetensors"], .missingFile, "config.json"),
            (["config.json", "other.safetensors"], .noModel, "other.safetensors"),
            (
                ["config.json", "model.safetensors.index.json"], .missingFile,
                "model-00001-of-00001.safetensors"
            ),
        ] as [([String], FormatError.Code, String)])
    func foldersWithoutOneModel(
        _ names: [String], _ code: FormatError.Code, _ text: String
    ) throws {
        let error = #expect(throws: FormatError.self) { try open(names) }
        #expect(error?.code == code)
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }

    // MARK: Paths

    private func inFolder<Result>(
        holding names: [String], _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/bora-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in names {
            let bytes = try #require(Self.contents[name])
            _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data(bytes))
        }
        return try body(folder)
    }

    @Test(arguments: [
        ("", "safetensors"), ("/", "safetensors"), ("/model.safetensors", "safetensors"),
        ("/other.safetensors", "safetensors"), ("/config.json", "configuration without weights"),
        ("/model-00001-of-00001.safetensors", "safetensors"),
        ("/model.safetensors.index.json", "safetensors"), ("/a.gguf", "GGUF v3"),
    ])
    func paths(_ file: String, _ format: String) throws {
        let names = Self.contents.keys.sorted()
        try inFolder(holding: names) { folder in
            let checkpoint = try Checkpoint(at: folder + file)
            #expect(checkpoint.format == format)
            #expect(checkpoint.name == folder + file)
        }
    }

    @Test func theOneModelOfAFolderIsNamed() throws {
        try inFolder(holding: ["a.gguf"]) { folder in
            for path in [folder, folder + "/"] {
                let checkpoint = try Checkpoint(at: path)
                #expect(checkpoint.name == "\(folder)/a.gguf")
            }
        }
    }

    @Test func aFileOfNoFormatIsNamed() throws {
        try inFolder(holding: ["README.md"]) { folder in
            let error = #expect(throws: FormatError.self) {
                try Checkpoint(at: folder + "/README.md")
            }
            #expect(error?.code == .unrecognizedFile)
        }
    }

    @Test func aPathThatLeadsNowhere() {
        let error = #expect(throws: SystemError.self) { try Checkpoint(at: "/no/such/model.gguf") }
        #expect(error?.category == .notFound)
        #expect(error?.subject == "/no/such/model.gguf")
    }
}
