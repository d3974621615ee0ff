import BoraCore
import BoraFormats
import TestSupport
import Testing

/// safetensors files that must be refused, each with the error that says what is wrong with it.
@Suite struct MalformedSafetensorsTests {
    /// Reads a file beside the smallest configuration.
    private func open(_ bytes: [UInt8]) throws -> Checkpoint {
        try Checkpoint(
            in: ModelFiles(
                name: "folder",
                sources: [
                    "config.json": ByteSource(
                        named: "config.json", Array(#"{"model_type": "llama"}"#.utf8)),
                    "model.safetensors": .temporary(bytes),
                ]))
    }

    @discardableResult
    private func expect(
        _ code: FormatError.Code, reading bytes: [UInt8], _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> FormatError? {
        let error = #expect(
            throws: FormatError.self, comment, sourceLocation: sourceLocation
        ) { try open(bytes) }
        #expect(
            error?.code == code, "\(error?.description ?? "")", sourceLocation: sourceLocation)
        return error
    }

    private static let valid =
        #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"BF16","shape":[2,1],"data_offsets":[8,12]}}"#

    private func file(_ header: String, dataBytes: Int = 12) -> [UInt8] {
        SafetensorsBuilder.file(header: header, data: Array(repeating: 1, count: dataBytes))
    }

    @Test func theFileIsValidBeforeTheEdits() throws {
        #expect(try open(file(Self.valid)).tensors.map(\.name) == ["a", "b"])
    }

    @Test(arguments: [
        "{}", "{}   ", #"{"__metadata__":{}}"#,
        #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
        #"{"a":{"data_offsets":[0,0],"more":null,"dtype":"F32","shape":[7,0,9]}}"#,
    ])
    func headersWithoutData(_ header: String) throws {
        #expect(try open(file(header, dataBytes: 0)).weightBytes == 0)
    }

    /// Lengths whose bytes are how a web page, a gzip file and a pickle begin.
    @Test(arguments: [0x213C, 0x8B1F, 0x280])
    func headersWhoseLengthLooksLikeAnotherFormat(_ length: Int) throws {
        let padding = String(repeating: " ", count: length - Self.valid.utf8.count)
        #expect(try open(file(Self.valid + padding)).tensors.count == 2)
    }

    /// The text to replace in a valid header, and by what.
    private static let headerEdits: [(String, String, FormatError.Code)] = [
        // Structure
        ("{\"__", "[\"__", .invalidJSON), ("{\"__", " {\"__", .invalidJSON),
        ("[2]", "[2", .invalidJSON), ("[2]", "2]", .invalidJSON), ("[2]", "[02]", .invalidJSON),
        ("[8,12]}}", "[8,12]}} x", .invalidJSON), ("[8,12]}}", "[8,12]}", .truncated),
        ("\"b\"", "\"a\"", .duplicateKey), ("\"shape\":[2,1]", "\"dtype\":\"F32\"", .duplicateKey),
        ("{\"format\":\"pt\"}", "{\"format\":1}", .wrongType),
        ("{\"format\":\"pt\"}", "[]", .wrongType),
        ("[2]", String(repeating: "[", count: 300), .nestingTooDeep),
        // Element types
        ("\"dtype\":\"F32\",", "", .missingKey), ("\"F32\"", "1", .missingKey),
        ("F32", "F64", .unsupportedElementType), ("F32", "I64", .unsupportedElementType),
        ("F32", "I32", .unsupportedElementType), ("F32", "U8", .unsupportedElementType),
        ("F32", "BOOL", .unsupportedElementType), ("F32", "F8_E4M3", .unsupportedElementType),
        ("F32", "F4", .unsupportedElementType), ("F32", "f32", .unsupportedElementType),
        ("F32", "", .unsupportedElementType),
        // Shapes
        ("\"shape\":[2],", "", .missingKey), ("[2]", "2", .missingKey),
        ("[2]", "[1]", .invalidShape), ("[2]", "[3]", .invalidShape), ("[2]", "[]", .invalidShape),
        ("[2]", "[0]", .invalidShape), ("[2]", "[-2]", .invalidShape),
        ("[2]", "[-1,-2]", .invalidShape), ("[2]", "[2.0]", .invalidShape),
        ("[2]", "[\"2\"]", .invalidShape), ("[2]", "[null]", .invalidShape),
        ("[2]", "[4611686018427387904]", .invalidShape),
        ("[2]", "[4294967296,4294967296,1]", .invalidShape),
        ("[2]", "[9223372036854775808]", .invalidShape),
        // Ranges
        ("\"data_offsets\":[0,8]", "\"offsets\":[0,8]", .missingKey),
        ("[0,8]", "[0]", .missingKey), ("[0,8]", "[0,8,8]", .missingKey),
        ("[0,8]", "8", .missingKey),
        ("[0,8]", "[8,0]", .invalidValue), ("[0,8]", "[-8,0]", .invalidValue),
        ("[0,8]", "[0,8.0]", .invalidValue), ("[0,8]", "[0,\"8\"]", .invalidValue),
        ("[0,8]", "[0,9223372036854775808]", .invalidValue),
        ("[0,8]", "[0,13]", .tensorOutsideFile),
        ("[0,8]", "[9223372036854775800,9223372036854775807]", .tensorOutsideFile),
        ("[0,8]", "[4,12]", .unusedBytes), ("[8,12]", "[4,8]", .overlappingTensors),
        ("[8,12]", "[0,4]", .overlappingTensors),
        ("[0,8]", "[0,12]", .invalidShape),
    ]

    @Test(arguments: headerEdits)
    func headers(_ text: String, _ edited: String, _ code: FormatError.Code) throws {
        let header = Self.valid.replacing(text, with: edited, maxReplacements: 1)
        #expect(header != Self.valid)
        expect(code, reading: file(header))
    }

    @Test func dataThatBelongsToNoTensor() throws {
        let error = expect(.unusedBytes, reading: file(Self.valid, dataBytes: 13))
        #expect(error?.description.contains("1 bytes after the last tensor") == true)
        expect(.unusedBytes, reading: file("{}", dataBytes: 1))
    }

    @Test func tensorAndTypeAreNamed() throws {
        let header = Self.valid.replacing("BF16", with: "F8_E5M2")
        let error = expect(.unsupportedElementType, reading: file(header))
        #expect(error?.subject == .tensor("b"))
        #expect(error?.description.contains("F8_E5M2") == true)
        #expect(error?.category == .unsupported)
    }

    /// Lengths of the header, with a whole file behind them.
    @Test(
        arguments: [
            (0, .invalidJSON), (1, .truncated), (UInt64(Self.valid.utf8.count) + 13, .truncated),
            (100_000_000, .truncated), (100_000_001, .limitExceeded), (1 << 63, .limitExceeded),
            (.max, .limitExceeded),
        ] as [(UInt64, FormatError.Code)])
    func lengths(_ length: UInt64, _ code: FormatError.Code) throws {
        expect(code, reading: GGUFBuilder.bytes(length) + file(Self.valid).dropFirst(8))
    }

    @Test func notUTF8() throws {
        var bytes = file(Self.valid)
        let letter = try #require(bytes.firstIndex(of: UInt8(ascii: "a")))
        bytes[letter] = 0xFF
        expect(.invalidText, reading: bytes)
    }

    @Test(arguments: [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"),
        ("<!DOCTYPE html><html>", "web page"), ("PK\u{3}\u{4}rest", "PyTorch"),
    ])
    func otherFiles(_ content: String, _ explanation: String) throws {
        let error = expect(.unrecognizedFile, reading: Array(content.utf8))
        #expect(error?.description.contains(explanation) == true)
    }

    @Test func truncatedAtEveryByte() throws {
        let bytes = file(Self.valid)
        for count in 0..<bytes.count {
            let error = #expect(throws: FormatError.self, "\(count) bytes") {
                try open(Array(bytes.prefix(count)))
            }
            #expect(error.map { [.truncated, .tensorOutsideFile].contains($0.code) } == true)
        }
    }

    /// A header alone describes the tensors of a file elsewhere.
    @Test func headerIsEnough() throws {
        let bytes = file(Self.valid)
        let known = bytes.count - 12
        for count in [known, known - 1] {
            let source = try ByteSource(
                name: "model.safetensors", prefix: Array(bytes.prefix(count)), count: bytes.count)
            let configuration = try ByteSource(
                named: "config.json", Array(#"{"model_type": "llama"}"#.utf8))
            let files = ModelFiles(
                name: "owner/name",
                sources: ["config.json": configuration, "model.safetensors": source])
            if count == known {
                let checkpoint = try Checkpoint(in: files)
                #expect(checkpoint.parameterCount == 4)
                #expect(checkpoint.tensors.allSatisfy { !$0.data.source.isComplete })
            } else {
                let error = #expect(throws: FormatError.self) { try Checkpoint(in: files) }
                #expect(error?.code == .truncated)
            }
        }
    }
}
