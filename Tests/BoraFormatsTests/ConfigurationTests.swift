import BoraCore
import BoraFormats
import TestSupport
import Testing

/// `config.json` as metadata.
@Suite struct ConfigurationTests {
    private func metadata(_ json: String) throws -> Metadata {
        try Metadata(reading: ByteSource(named: "config.json", Array(json.utf8)))
    }

    private func checkpoint(_ json: String) throws -> Checkpoint {
        let source = try ByteSource(named: "config.json", Array(json.utf8))
        return try Checkpoint(in: ModelFiles(name: "folder", sources: ["config.json": source]))
    }

    @Test func values() throws {
        let metadata = try metadata(
            #"""
            {"count": 32, "theta": 1e6, "whole": 10000.0, "name": "ü\u00fc", "flag": true,
             "huge": 1000000000000000019884624838656, "absent": null,
             "rope_scaling": {"factor": 8, "rope_type": "yarn", "inner": {"deep": false}},
             "empty": {}, "none": []}
            """#)
        #expect(
            metadata.keys == [
                "count", "theta", "whole", "name", "flag", "huge", "rope_scaling.factor",
                "rope_scaling.rope_type", "rope_scaling.inner.deep", "none",
            ])
        #expect(try metadata.require("count", as: Int.self) == 32)
        #expect(try metadata.require("count", as: Double.self) == 32)
        #expect(try metadata.require("theta", as: Double.self) == 1e6)
        #expect(try metadata.require("whole", as: Float.self) == 10_000)
        #expect(try metadata.require("name", as: String.self) == "üü")
        #expect(try metadata.require("flag", as: Bool.self))
        #expect(try metadata.require("huge", as: Double.self) == 1e30)
        #expect(try metadata.value("absent", as: Int.self) == nil)
        #expect(try metadata.require("rope_scaling.factor", as: Float.self) == 8)
        #expect(try metadata.require("rope_scaling.rope_type", as: String.self) == "yarn")
        #expect(try metadata.require("rope_scaling.inner.deep", as: Bool.self) == false)
        #expect(try metadata.value("rope_scaling", as: String.self) == nil)
    }

    @Test func arrays() throws {
        let metadata = try metadata(
            #"""
            {"ids": [1, 2], "factors": [1, 2.5], "names": ["a", "b"], "flags": [true, false],
             "rows": [[1], [2, 3]], "mixed": [1, "a"], "objects": [{}], "none": []}
            """#)
        #expect(try metadata.require("ids", as: [Int].self) == [1, 2])
        #expect(try metadata.require("ids", as: [Double].self) == [1, 2])
        #expect(try metadata.require("factors", as: [Double].self) == [1, 2.5])
        #expect(try metadata.require("factors", as: [Float].self) == [1, 2.5])
        #expect(try metadata.require("names", as: [String].self) == ["a", "b"])
        #expect(try metadata.require("flags", as: [Bool].self) == [true, false])
        let rows = try metadata.require("rows", as: [MetadataArray].self)
        #expect(try rows.map { try Int.elements(of: $0) } == [[1], [2, 3]])
        #expect(try metadata.require("none", as: [Int].self) == [])
        #expect(try metadata.require("none", as: [String].self) == [])
        #expect(try metadata.require("objects", as: MetadataArray.self).count == 1)
        #expect(metadata["ids"]?.description == "[2 × number]")
        #expect(metadata["mixed"]?.description == "[2 × value]")
    }

    /// Even where there is a default: it would stand for what the file says otherwise.
    @Test(arguments: ["1", "1.5", "\"1\"", "true", "[1]", "[\"a\"]", "[1,null]", "[{}]", "[1.5]"])
    func anotherTypeIsAnError(_ json: String) throws {
        let metadata = try metadata("{\"key\": \(json)}")
        func reads<Value: MetadataReadable>(_ type: Value.Type) -> Bool {
            do throws(FormatError) {
                _ = try metadata.value("key", as: Value.self)
                return true
            } catch {
                #expect(error.code == .wrongType)
                #expect(error.subject == .key("key"))
                return false
            }
        }
        #expect(reads(Int.self) == (json == "1"))
        #expect(reads(Double.self) == ["1", "1.5"].contains(json))
        #expect(reads(String.self) == (json == "\"1\""))
        #expect(reads(Bool.self) == (json == "true"))
        #expect(reads([Int].self) == (json == "[1]"))
        #expect(reads([Float].self) == ["[1]", "[1.5]"].contains(json))
        #expect(reads([String].self) == (json == "[\"a\"]"))
        #expect(reads([Bool].self) == false)
    }

    @Test(
        arguments: [
            ("", .truncated), ("{", .truncated), ("[]", .wrongType), ("1", .wrongType),
            ("{\"a\": 1} x", .invalidJSON), ("{\"a\": 01}", .invalidJSON),
            ("{\"a\": 1, \"a\": 2}", .duplicateKey),
            ("{\"a\": {\"b\": 1}, \"a.b\": 2}", .duplicateKey),
            (
                String(repeating: "{\"a\":", count: 17) + "1" + String(repeating: "}", count: 17),
                .limitExceeded
            ),
            ("{\"\(String(repeating: "k", count: 1025))\": 1}", .limitExceeded),
            (
                "{" + (0...1 << 16).map { "\"\($0)\":1" }.joined(separator: ",") + "}",
                .limitExceeded
            ),
            (String(repeating: "[", count: 300), .nestingTooDeep),
            ("version https://git-lfs.github.com/spec/v1", .unrecognizedFile),
            ("<!DOCTYPE html>", .unrecognizedFile),
        ] as [(String, FormatError.Code)])
    func malformed(_ json: String, _ code: FormatError.Code) throws {
        let error = #expect(throws: FormatError.self) { try metadata(json) }
        #expect(error?.code == code, "\(error?.description ?? "")")
        #expect(error?.file == "config.json")
    }

    @Test func aPartOfAConfigurationIsNotRead() throws {
        let bytes = Array("{}".utf8)
        let source = try ByteSource(name: "config.json", prefix: bytes, count: 3)
        let error = #expect(throws: FormatError.self) { try Metadata(reading: source) }
        #expect(error?.code == .truncated)
    }

    @Test func architecture() throws {
        #expect(try checkpoint(#"{"model_type": "qwen3"}"#).architecture == "qwen3")
        let missing = #expect(throws: FormatError.self) { try checkpoint("{}") }
        #expect(missing?.code == .missingKey)
        #expect(missing?.subject == .key("model_type"))
    }

    @Test(
        arguments: [
            (#""dtype": "float32""#, .f32), (#""torch_dtype": "float16""#, .f16),
            (#""dtype": "bfloat16", "torch_dtype": "float32""#, .bf16),
            (#""text_config": {"torch_dtype": "float16"}"#, .f16),
            (#""dtype": null"#, .bf16), (#""other": 1"#, .bf16),
        ] as [(String, ElementType)])
    func defaultType(_ member: String, _ type: ElementType) throws {
        #expect(try checkpoint("{\"model_type\": \"llama\", \(member)}").defaultType == type)
    }

    @Test func anotherDefaultTypeIsNamed() throws {
        let checkpoint = try checkpoint(#"{"model_type": "llama", "dtype": "float8_e4m3fn"}"#)
        let error = #expect(throws: FormatError.self) { try checkpoint.defaultType }
        #expect(error?.code == .unsupportedElementType)
        #expect(error?.description.contains("float8_e4m3fn") == true)
    }
}
