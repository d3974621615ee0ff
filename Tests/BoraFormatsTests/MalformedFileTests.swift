import BoraCore
import BoraFormats
import TestSupport
import Testing

/// Files that must be refused, each with the error that says what is wrong with it.
@Suite struct MalformedFileTests {
    /// A file made wrong by one edit.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: FormatError.Code
        let bytes: [UInt8]

        init(
            _ name: String, _ code: FormatError.Code, after edit: (inout GGUFBuilder) -> Void
        ) {
            var file = MalformedFileTests.validFile
            edit(&file)
            self.init(name, code, bytes: file.build())
        }

        init(_ name: String, _ code: FormatError.Code, bytes: [UInt8]) {
            testDescription = name
            self.code = code
            self.bytes = bytes
        }
    }

    static var validFile: GGUFBuilder {
        var file = GGUFBuilder()
        file.set("llama.block_count", .uint32(1))
        file.set("tokens", .array(["a", "bc"].map { .string($0) }))
        file.set("scores", .array([.float32(1), .float32(2)]))
        file.addTensor("a", Shape(2, 32), .q8_0)
        file.addTensor("b", Shape(4), values: [1, 2, 3, 4])
        return file
    }

    @Test func theFileIsValidBeforeTheEdits() throws {
        _ = try Checkpoint(reading: .temporary(Self.validFile.build()))
    }

    private func expect(
        _ code: FormatError.Code, reading bytes: [UInt8], _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let source = try ByteSource.temporary(bytes)
        let error = #expect(
            throws: FormatError.self, comment, sourceLocation: sourceLocation
        ) { try Checkpoint(reading: source) }
        #expect(error?.code == code, comment, sourceLocation: sourceLocation)
        #expect(error?.description.isEmpty == false)
    }

    // MARK: Tensors

    private static let tensorCases = [
        Case("duplicate name", .duplicateTensor) { $0.tensors[1].name = Array("a".utf8) },
        Case("empty name", .invalidText) { $0.tensors[0].name = [] },
        Case("name not UTF-8", .invalidText) { $0.tensors[0].name = [0xC3, 0x28] },
        Case("five dimensions", .invalidShape) { $0.tensors[1].extents = [1, 1, 1, 1, 4] },
        Case("extent of zero", .invalidShape) { $0.tensors[1].extents = [0] },
        Case("extent beyond Int", .invalidShape) { $0.tensors[1].extents = [1 << 63] },
        Case("product overflows", .invalidShape) {
            $0.tensors[1].extents = [1 << 32, 1 << 31, 2]
        },
        Case("product wraps to a small number", .invalidShape) {
            $0.tensors[1].extents = [1 << 32, 1 << 32, 1]
        },
        Case("zero hides an overflow", .invalidShape) {
            $0.tensors[1].extents = [1 << 62, 1 << 62, 0]
        },
        Case("bytes overflow", .invalidShape) { $0.tensors[1].extents = [1 << 62] },
        Case("rows not in whole blocks", .invalidShape) { $0.tensors[0].extents = [16, 4] },
        Case("type that Bora does not read", .unsupportedElementType) { $0.tensors[1].type = 16 },
        Case("type that ggml removed", .unsupportedElementType) { $0.tensors[1].type = 4 },
        Case("type that ggml does not have", .unsupportedElementType) {
            $0.tensors[1].type = .max
        },
        Case("misaligned", .misalignedTensor) { $0.tensors[1].offset += 8 },
        Case("overlapping by one block", .overlappingTensors) { $0.tensors[1].offset -= 32 },
        Case("at the same place", .overlappingTensors) { $0.tensors[1].offset = 0 },
        Case("offset past the end", .tensorOutsideFile) { $0.tensors[1].offset = 1 << 20 },
        Case("offset beyond Int", .tensorOutsideFile) { $0.tensors[1].offset = 1 << 63 },
        Case("offset that overflows", .tensorOutsideFile) {
            $0.tensors[1].offset = UInt64(Int.max - 31)
        },
        Case("larger than the file", .tensorOutsideFile) { $0.tensors[1].extents = [1 << 40] },
    ]

    @Test(arguments: tensorCases) func tensors(_ file: Case) throws {
        try expect(file.code, reading: file.bytes)
    }

    @Test func unsupportedTypesAreNamed() throws {
        var file = Self.validFile
        file.tensors[1].type = 16
        let source = try ByteSource.temporary(file.build())
        let error = #expect(throws: FormatError.self) { try Checkpoint(reading: source) }
        #expect(error?.subject == .tensor("b"))
        #expect(error?.description.contains("IQ2_XXS") == true)
        #expect(error?.category == .unsupported)
    }

    @Test func messagesSayWhatWhereAndWhatToDo() throws {
        var file = Self.validFile
        file.tensors[1].extents = [1, 1, 1, 1, 4]
        let source = try ByteSource.temporary(file.build())
        let error = #expect(throws: FormatError.self) { try Checkpoint(reading: source) }
        #expect(
            error?.description == """
                \(source.name), tensor "b", byte \(error?.offset ?? 0): it has 5 dimensions; GGUF \
                allows 4. The file is damaged or was written wrong: download or convert it again
                """)
        #expect(error?.identifier == "format.invalidShape")
    }

    // MARK: Metadata

    private static let metadataCases = [
        Case("no architecture", .missingKey) { $0.metadata.removeFirst() },
        Case("architecture of another type", .wrongType) {
            $0.set("general.architecture", .uint32(1))
        },
        Case("duplicate key", .duplicateKey) { $0.metadata.append(("tokens", .uint8(1))) },
        Case("empty key", .invalidText) { $0.set("", .uint8(1)) },
        Case("part of a split model", .missingFile) { $0.set("split.count", .uint16(3)) },
        Case("more parts than names", .limitExceeded) {
            $0.set("split.count", .uint32(100_000))
        },
        Case("alignment of zero", .invalidAlignment) { $0.set("general.alignment", .uint32(0)) },
        Case("alignment of 24", .invalidAlignment) { $0.set("general.alignment", .uint32(24)) },
        Case("alignment of 4", .invalidAlignment) { $0.set("general.alignment", .uint32(4)) },
        Case("negative alignment", .invalidAlignment) {
            $0.set("general.alignment", .int64(.min))
        },
        Case("alignment of 2^62", .invalidAlignment) {
            $0.set("general.alignment", .uint64(1 << 62))
        },
        Case("arrays nested too deep", .nestingTooDeep) {
            $0.set("deep", (0..<5).reduce(.uint8(1)) { value, _ in .array([value]) })
        },
    ]

    @Test(arguments: metadataCases) func metadata(_ file: Case) throws {
        try expect(file.code, reading: file.bytes)
    }

    /// Files whose metadata is this one entry, given as bytes after the entry's key.
    private static let valueCases: [(String, FormatError.Code, [UInt8])] = [
        ("type 13", .invalidValue, little(UInt32(13))),
        ("boolean of 2", .invalidValue, little(UInt32(7)) + [2]),
        ("string not UTF-8", .invalidText, little(UInt32(8)) + GGUFBuilder.string([0xFF])),
        ("string longer than the file", .truncated, little(UInt32(8)) + little(UInt64(1 << 40))),
        ("string of 2^64 - 1", .truncated, little(UInt32(8)) + little(UInt64.max)),
        ("array longer than the file", .truncated, array(of: 6, count: 1 << 40)),
        ("array of 2^64 - 1 bytes", .truncated, array(of: 0, count: .max)),
        ("array whose size overflows", .truncated, array(of: 12, count: 1 << 61)),
        ("array of type 13", .invalidValue, array(of: 13, count: 1)),
        ("array of too many strings", .truncated, array(of: 8, count: 1 << 60)),
        ("array of too many arrays", .truncated, array(of: 9, count: 1 << 60)),
        ("array with a long string", .truncated, array(of: 8, count: 1) + little(UInt64.max)),
        ("array with a boolean of 3", .invalidValue, array(of: 7, count: 2) + [1, 3]),
    ]

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        GGUFBuilder.bytes(value)
    }

    private static func array(of type: UInt32, count: UInt64) -> [UInt8] {
        little(UInt32(9)) + little(type) + little(count)
    }

    @Test(arguments: valueCases)
    func values(_ name: String, _ code: FormatError.Code, _ value: [UInt8]) throws {
        let header = header(tensors: 0, keys: 1) + GGUFBuilder.string(Array("key".utf8))
        // Room for a few elements, so that only the count itself is wrong.
        try expect(code, reading: header + value + [UInt8](repeating: 0, count: 64), "\(name)")
    }

    @Test func keysMustBeUTF8() throws {
        let key = GGUFBuilder.string([0xE2, 0x82])
        try expect(
            .invalidText,
            reading: header(tensors: 0, keys: 1) + key + [UInt8](repeating: 0, count: 8))
    }

    // MARK: Headers

    private func header(version: UInt32 = 3, tensors: UInt64, keys: UInt64) -> [UInt8] {
        Array("GGUF".utf8) + Self.little(version) + Self.little(tensors) + Self.little(keys)
    }

    @Test func absurdCounts() throws {
        let rest = [UInt8](repeating: 0, count: 1 << 12)
        try expect(.limitExceeded, reading: header(tensors: .max, keys: 0) + rest)
        try expect(.limitExceeded, reading: header(tensors: 0, keys: 1 << 40) + rest)
        try expect(.truncated, reading: header(tensors: 1 << 20, keys: 0) + rest)
        try expect(.truncated, reading: header(tensors: 0, keys: 1 << 16) + rest)
    }

    @Test func versions() throws {
        let file = Self.validFile
        try expect(.unsupportedVersion, reading: file.build(version: 0))
        try expect(.unsupportedVersion, reading: file.build(version: 1))
        try expect(.unsupportedVersion, reading: file.build(version: 4))
        try expect(.bigEndian, reading: file.build(version: UInt32(3).byteSwapped))
    }

    @Test(arguments: [
        ("", "empty"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"),
        ("<!DOCTYPE html><html>", "web page"),
        ("{\"architectures\": [\"LlamaForCausalLM\"]}", "JSON"),
        ("PK\u{3}\u{4}rest", "PyTorch"),
        ("tjgg", "before GGUF"),
        ("GGU", "neither GGUF"),
        ("a model", "neither GGUF"),
        ("\u{16}\0\0\0\0\0\0\0{\"__metadata__\":{}}    ", "safetensors"),
    ])
    func otherFiles(_ content: String, _ explanation: String) throws {
        let source = try ByteSource.temporary(Array(content.utf8))
        let error = #expect(throws: FormatError.self) { try Checkpoint(reading: source) }
        #expect(error?.code == .unrecognizedFile)
        #expect(error?.description.contains(explanation) == true, "\(error?.description ?? "")")
    }

    // MARK: Damage anywhere

    @Test func truncatedAtEveryByte() throws {
        let bytes = Self.validFile.build()
        let padding = 16  // after the last tensor, which need not be there
        for count in 0..<bytes.count - padding {
            let source = try ByteSource.temporary(Array(bytes.prefix(count)))
            let error = #expect(throws: FormatError.self, "\(count) bytes") {
                try Checkpoint(reading: source)
            }
            let codes: Set<FormatError.Code> =
                count < 4 ? [.unrecognizedFile] : [.truncated, .tensorOutsideFile]
            #expect(error.map { codes.contains($0.code) } == true, "\(count) bytes")
        }
        _ = try Checkpoint(reading: .temporary(Array(bytes.dropLast(padding))))
    }
}
