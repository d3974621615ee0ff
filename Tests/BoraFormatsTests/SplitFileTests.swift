import BoraCore
import BoraFormats
import TestSupport
import Testing

/// GGUF files in parts: as llama.cpp's `llama-gguf-split` makes them, and parts that do not fit.
@Suite struct SplitFileTests {
    /// The first part has tensors, or metadata alone.
    @Test(arguments: [("plain", 3), ("bare", 4)])
    func partsAreTheWhole(_ name: String, _ count: Int) throws {
        let whole = try Checkpoint(at: Resource.path("split/whole.gguf"))
        for part in 1...count {
            let path = Resource.path("split/\(name)-0000\(part)-of-0000\(count).gguf")
            let split = try Checkpoint(at: path)
            #expect(split.name == Resource.path("split/\(name)-00001-of-0000\(count).gguf"))
            #expect(split.format == "GGUF v3, \(count) files")
            #expect(split.architecture == whole.architecture)
            #expect(
                split.metadata.keys.filter { !$0.hasPrefix("split.") } == whole.metadata.keys)
            #expect(split.tensors.map(\.name) == whole.tensors.map(\.name))
            #expect(split.tensors.map(\.shape) == whole.tensors.map(\.shape))
            #expect(split.tensors.map(\.data.hexadecimal) == whole.tensors.map(\.data.hexadecimal))
            #expect(split.parameterCount == whole.parameterCount)
            #expect(split.typeTotals == whole.typeTotals)
        }
    }

    /// Three parts of a model, as they are before a test changes them.
    private static func parts() -> [GGUFBuilder] {
        (0..<3).map { number in
            var part = GGUFBuilder(architecture: number == 0 ? "llama" : nil)
            part.set("split.no", .uint16(UInt16(number)))
            part.set("split.count", .uint16(3))
            part.set("split.tensors.count", .int32(3))
            part.addTensor("tensor.\(number)", Shape(8), values: Array(repeating: 1, count: 8))
            return part
        }
    }

    private static func name(_ index: Int) -> String { "model-0000\(index + 1)-of-00003.gguf" }

    private func open(_ parts: [GGUFBuilder], without missing: Set<Int> = []) throws -> Checkpoint {
        var sources: [String: ByteSource] = [:]
        for (index, part) in parts.enumerated() where !missing.contains(index) {
            sources[Self.name(index)] = try ByteSource(named: Self.name(index), part.build())
        }
        return try Checkpoint(in: ModelFiles(name: "folder", sources: sources))
    }

    @Test func thePartsAreValidBeforeTheEdits() throws {
        #expect(try open(Self.parts()).tensors.map(\.name) == ["tensor.0", "tensor.1", "tensor.2"])
    }

    @Test(arguments: [[0], [1], [2], [0, 1], [1, 2]])
    func missingPartsAreNamed(_ missing: [Int]) throws {
        let error = #expect(throws: FormatError.self) {
            try open(Self.parts(), without: Set(missing))
        }
        #expect(error?.code == .missingFile)
        for index in missing {
            #expect(error?.description.contains(Self.name(index)) == true)
        }
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: FormatError.Code
        /// The part that the error names.
        let part: Int
        let apply: @Sendable (inout [GGUFBuilder]) -> Void

        init(
            _ name: String, _ code: FormatError.Code, part: Int,
            _ apply: @escaping @Sendable (inout [GGUFBuilder]) -> Void
        ) {
            testDescription = name
            self.code = code
            self.part = part
            self.apply = apply
        }
    }

    private static let edits = [
        Edit("two parts changed places", .mismatchedFiles, part: 1) { $0.swapAt(1, 2) },
        Edit("a part of another number", .mismatchedFiles, part: 2) {
            $0[2].set("split.no", .uint16(7))
        },
        Edit("a part without its number", .missingKey, part: 2) {
            $0[2].metadata.removeAll { $0.key == "split.no" }
        },
        Edit("a part of a model of four", .mismatchedFiles, part: 1) {
            $0[1].set("split.count", .uint16(4))
        },
        Edit("a part that is a whole model", .mismatchedFiles, part: 1) {
            $0[1].metadata.removeAll { $0.key == "split.count" }
        },
        Edit("a tensor too few", .mismatchedFiles, part: 0) { $0[2].tensors.removeLast() },
        Edit("a tensor too many", .mismatchedFiles, part: 0) {
            $0[2].addTensor("more", Shape(1), values: [1])
        },
        Edit("the same tensor twice", .duplicateTensor, part: 2) {
            $0[2].tensors[0].name = Array("tensor.0".utf8)
        },
        Edit("no architecture", .missingKey, part: 0) { $0[0].metadata.removeFirst() },
        Edit("a count that names do not say", .invalidFileName, part: 0) {
            $0[0].set("split.count", .uint16(2))
        },
        Edit("a number of another type", .wrongType, part: 1) {
            $0[1].set("split.no", .string("1"))
        },
    ]

    @Test(arguments: edits) func partsThatDoNotFit(_ edit: Edit) throws {
        var parts = Self.parts()
        edit.apply(&parts)
        let error = #expect(throws: FormatError.self) { try open(parts) }
        #expect(error?.code == edit.code, "\(error?.description ?? "")")
        #expect(error?.file == Self.name(edit.part))
    }

    @Test(arguments: [
        "model.gguf", "model-00001-of-00002.gguf", "model-1-of-3.gguf", "model-00000-of-00003.gguf",
        "model-00004-of-00003.gguf",
    ])
    func aRenamedPartIsRefused(_ name: String) throws {
        let source = try ByteSource(named: name, Self.parts()[0].build())
        let error = #expect(throws: FormatError.self) {
            try Checkpoint(in: ModelFiles(name: "folder", sources: [name: source]))
        }
        #expect(error?.code == .invalidFileName, "\(error?.description ?? "")")
    }

    @Test func onePartOfOneIsWhole() throws {
        var file = GGUFBuilder()
        file.set("split.no", .uint16(0))
        file.set("split.count", .uint16(1))
        #expect(try Checkpoint(reading: .temporary(file.build())).format == "GGUF v3")
    }
}
