import BoraCore
import BoraFormats
import TestSupport
import Testing

/// Models over several safetensors files: what the index says has to be so.
@Suite struct SafetensorsIndexTests {
    private static let valid =
        #"{"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#

    private func files(_ index: String) throws -> [String: ByteSource] {
        var first = SafetensorsBuilder()
        first.addTensor("a", Shape(1), values: [1])
        first.addTensor("spare", Shape(1), values: [3])
        var second = SafetensorsBuilder()
        second.addTensor("b", Shape(1), values: [2])
        let contents = [
            "config.json": Array(#"{"model_type": "llama"}"#.utf8),
            "model.safetensors.index.json": Array(index.utf8),
            "1.safetensors": first.build(), "2.safetensors": second.build(),
        ]
        var sources: [String: ByteSource] = [:]
        for (name, bytes) in contents { sources[name] = try ByteSource(named: name, bytes) }
        return sources
    }

    private func open(_ sources: [String: ByteSource]) throws -> Checkpoint {
        try Checkpoint(in: ModelFiles(name: "folder", sources: sources))
    }

    /// The index decides: what it leaves out is not of the model.
    @Test func tensorsOfTheIndex() throws {
        let checkpoint = try open(files(Self.valid))
        #expect(checkpoint.tensors.map(\.name) == ["a", "b"])
        let b = try checkpoint.require(tensor: "b")
        #expect(Float(bitPattern: b.data.bytes.integer(at: 0)) == 2)
    }

    @Test(
        arguments: [
            ("{\"metadata\"", "[\"metadata\"", .invalidJSON),
            ("weight_map", "weights", .missingKey),
            ("{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}", "[]", .missingKey),
            ("{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}", "{}", .missingKey),
            ("\"b\"", "\"a\"", .duplicateKey),
            ("\"b\"", "\"c\"", .mismatchedFiles),
            ("\"2.safe", "\"1.safe", .mismatchedFiles),
            ("\"2.safe", "\"3.safe", .missingFile),
            ("2.safe", "../2.safe", .invalidFileName),
            ("2.safe", "/2.safe", .invalidFileName),
            ("2.safe", "./2.safe", .invalidFileName),
            ("2.safe", "folder/2.safe", .invalidFileName),
            ("2.safe", "2.safetensors\\u0000.safe", .invalidFileName),
            ("2.safetensors", "", .invalidFileName),
            ("2.safetensors", ".", .invalidFileName),
            ("2.safetensors", "..", .invalidFileName),
            ("2.safetensors", "config.json", .invalidFileName),
            ("\"2.safetensors\"", "2", .invalidFileName),
            ("\"2.safetensors\"", "null", .invalidFileName),
        ] as [(String, String, FormatError.Code)])
    func malformed(_ text: String, _ edited: String, _ code: FormatError.Code) throws {
        let index = Self.valid.replacing(text, with: edited, maxReplacements: 1)
        #expect(index != Self.valid)
        let error = #expect(throws: FormatError.self) { try open(files(index)) }
        #expect(error?.code == code, "\(error?.description ?? "")")
    }

    @Test func whatIsMissingIsNamed() throws {
        var sources = try files(Self.valid)
        sources["2.safetensors"] = nil
        let error = #expect(throws: FormatError.self) { try open(sources) }
        #expect(error?.code == .missingFile)
        #expect(error?.description.contains("2.safetensors") == true)
        #expect(error?.category == .notFound)

        let index = Self.valid.replacing("\"b\"", with: "\"c\"")
        let other = #expect(throws: FormatError.self) { try open(files(index)) }
        #expect(other?.subject == .tensor("c"))
        #expect(other?.description.contains("2.safetensors") == true)
    }

    @Test func truncatedAtEveryByte() throws {
        for count in 0..<Self.valid.utf8.count {
            let error = #expect(throws: FormatError.self, "\(count) bytes") {
                try open(files(String(Self.valid.prefix(count))))
            }
            #expect(error?.code == .truncated, "\(count) bytes")
        }
    }
}
