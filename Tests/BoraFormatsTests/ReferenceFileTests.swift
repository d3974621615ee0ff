import BoraCore
import BoraFormats
import Testing

/// A file that the reference implementation wrote, against what it says is in it
/// (`scripts/make_gguf_goldens.py`).
@Suite struct ReferenceFileTests {
    private let checkpoint: Checkpoint
    private let expected: Expected

    private struct Expected: Decodable {
        struct Entry: Decodable {
            let key: String
            let type: String
            let elements: String?
            let values: [String]
        }
        struct Nested: Decodable {
            let key: String
            let rows: [[Int]]
        }
        let alignment: Int
        let metadata: [Entry]
        let nested: Nested
        let tensors: [Resource.Tensor]
    }

    init() throws {
        expected = try Resource.decode(Expected.self, from: "everything.json")
        let source = try ByteSource(mapping: Resource.path("everything.gguf"))
        checkpoint = try Checkpoint(reading: source)
    }

    @Test func everyTypeOfMetadata() throws {
        #expect(Set(expected.metadata.map(\.type)).count == MetadataType.allCases.count)
        for entry in expected.metadata {
            let value = try #require(checkpoint.metadata[entry.key], "\(entry.key)")
            #expect("\(value.type)" == entry.type, "\(entry.key)")
            if case .array(.stored(let array)) = value {
                #expect("\(array.elementType)" == entry.elements, "\(entry.key)")
                #expect(array.count == entry.values.count)
            } else {
                #expect(try texts(value) == entry.values, "\(entry.key)")
            }
        }
    }

    @Test func everyTypeOfArray() throws {
        let arrays = expected.metadata.filter { $0.type == "array" }
        #expect(arrays.count == MetadataType.allCases.count - 1)
        let metadata = checkpoint.metadata
        for entry in arrays {
            let key = entry.key
            switch entry.elements {
            case "string":
                #expect(try metadata.require(key, as: [String].self) == entry.values)
            case "bool":
                #expect(
                    try metadata.require(key, as: [Bool].self).map(\.description) == entry.values)
            case "float32", "float64":
                let values = entry.values.compactMap(Double.init)
                #expect(try metadata.require(key, as: [Double].self) == values)
                #expect(try metadata.require(key, as: [Float].self) == values.map(Float.init))
            default:
                #expect(
                    try metadata.require(key, as: [Int].self).map(String.init) == entry.values)
            }
        }
    }

    @Test func nestedArrays() throws {
        let key = expected.nested.key
        let rows = try checkpoint.metadata.require(key, as: [MetadataArray].self)
        #expect(try rows.map { try Int.elements(of: $0) } == expected.nested.rows)
    }

    @Test func everyElementType() throws {
        #expect(Set(expected.tensors.map(\.type)) == Set(ElementType.allCases))
        #expect(checkpoint.tensors.map(\.name) == expected.tensors.map(\.name))
        for tensor in expected.tensors {
            let entry = try checkpoint.require(tensor: tensor.name)
            #expect(entry.shape.extents == tensor.shape, "\(tensor.name)")
            #expect(entry.type == tensor.type, "\(tensor.name)")
            #expect(entry.data.range.lowerBound.isMultiple(of: expected.alignment))
            #expect(entry.data.hexadecimal == tensor.bytes, "\(tensor.name)")
        }
    }

    /// A value as the script writes it.
    private func texts(_ value: MetadataValue) throws -> [String] {
        switch value {
        case .float32(let number): ["\(Double(number))"]
        default: ["\(value)"]
        }
    }
}
