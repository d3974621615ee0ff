import BoraCore
import BoraFormats
import TestSupport
import Testing

@Suite struct CheckpointTests {
    @Test(arguments: [2, 3] as [UInt32])
    func versions(_ version: UInt32) throws {
        var file = GGUFBuilder(architecture: "qwen2")
        file.set("qwen2.block_count", .uint32(28))
        file.addTensor("scalar", Shape(), values: [7])
        file.addTensor("weight", Shape(2, 3), values: [1, 2, 3, 4, 5, 6])
        let checkpoint = try Checkpoint(reading: .temporary(file.build(version: version)))
        #expect(checkpoint.format == "GGUF v\(version)")
        #expect(checkpoint.architecture == "qwen2")
        #expect(checkpoint.metadata.keys == ["general.architecture", "qwen2.block_count"])
        let weight = try checkpoint.require(tensor: "weight")
        #expect(weight.shape == Shape(2, 3))
        #expect(Float(bitPattern: weight.data.bytes.integer(at: 20)) == 6)
        #expect(try checkpoint.require(tensor: "scalar").shape == Shape())
    }

    @Test(arguments: [8, 32, 64, 4096])
    func alignments(_ alignment: Int) throws {
        var file = GGUFBuilder(alignment: alignment)
        file.addTensor("a", Shape(3), values: [1, 2, 3])
        file.addTensor("b", Shape(1), values: [4])
        let checkpoint = try Checkpoint(reading: .temporary(file.build()))
        let b = try checkpoint.require(tensor: "b").data
        #expect(b.range.lowerBound.isMultiple(of: alignment))
        #expect(Float(bitPattern: b.bytes.integer(at: 0)) == 4)
    }

    @Test func aFileWithoutTensors() throws {
        let checkpoint = try Checkpoint(reading: .temporary(GGUFBuilder().build()))
        #expect(checkpoint.tensors.isEmpty)
        #expect(checkpoint.typeTotals.isEmpty)
        #expect(checkpoint.parameterCount == 0)
    }

    @Test func tensorsInAnyOrderWithGaps() throws {
        var file = GGUFBuilder()
        file.addTensor("first", Shape(8), values: Array(repeating: 1, count: 8))
        file.addTensor("gap", Shape(8), values: Array(repeating: 2, count: 8))
        file.addTensor("last", Shape(8), values: Array(repeating: 3, count: 8))
        file.tensors.remove(at: 1)
        file.tensors.swapAt(0, 1)
        let checkpoint = try Checkpoint(reading: .temporary(file.build()))
        #expect(checkpoint.tensors.map(\.name) == ["last", "first"])
        let last = try checkpoint.require(tensor: "last").data
        #expect(Float(bitPattern: last.bytes.integer(at: 0)) == 3)
    }

    @Test func totals() throws {
        var file = GGUFBuilder()
        file.addTensor("norm", Shape(256), .f32)
        file.addTensor("up", Shape(4, 256), .q4_K)
        file.addTensor("down", Shape(8, 256), .q4_K)
        file.addTensor("head", Shape(2, 256), .q8_0)
        let checkpoint = try Checkpoint(reading: .temporary(file.build()))
        let totals = checkpoint.typeTotals
        #expect(totals.map(\.type) == [.q4_K, .f32, .q8_0])
        #expect(totals.map(\.tensors) == [2, 1, 1])
        #expect(totals.map(\.elements) == [3072, 256, 512])
        #expect(totals.map(\.bytes) == [1728, 1024, 544])
        #expect(checkpoint.parameterCount == 3840)
        #expect(checkpoint.weightBytes == 3296)
    }

    @Test func aMissingTensorIsNamed() throws {
        let checkpoint = try Checkpoint(reading: .temporary(GGUFBuilder().build()))
        #expect(checkpoint[tensor: "output.weight"] == nil)
        let error = #expect(throws: FormatError.self) {
            try checkpoint.require(tensor: "output.weight")
        }
        #expect(error?.code == .missingTensor)
        #expect(error?.subject == .tensor("output.weight"))
        #expect(error?.description.contains("\"llama\"") == true)
    }
}
