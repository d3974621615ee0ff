import Foundation
import Testing

/// `plan` and `inspect`.
@Suite struct FactCommandTests {
    struct Plan: Decodable {
        struct Layer: Decodable {
            let layer: Int
            let device: String
        }

        struct Device: Decodable {
            let name: String
            let weights: Int
            let kv: Int
            let total: Int
        }

        let schema: Int
        let layers: [Layer]
        let devices: [Device]
    }

    @Test func aPlanNamesTheLayersDevice() throws {
        let output = try BoraProgram.run("plan")
        #expect(output.exitCode == 0)
        #expect(output.standardOutput.contains("Model has 8 repeating layers.\nLayers 0-7: cpu ("))
        #expect(output.standardError.isEmpty)
    }

    @Test func aPlanIsJSONToo() throws {
        let plan = try BoraProgram.run("plan", BoraProgram.modelPath, "--json").json(as: Plan.self)
        #expect(plan.schema == 2)
        #expect(plan.layers.map(\.layer) == Array(0..<8))
        let device = try #require(plan.devices.first)
        #expect(device.name == "cpu")
        #expect(device.weights > 7_000_000 && device.weights < 9_000_000)
        #expect(device.total > device.weights + device.kv)
    }

    @Test func theKVCacheGrowsWithWhatIsPlannedFor() throws {
        func kv(_ options: String...) throws -> Int {
            let plan = try BoraProgram.run(["plan", "--json"] + options).json(as: Plan.self)
            return plan.devices[0].kv
        }
        // Keys and values of 8 layers, 4 heads of 32: 2,048 values for each token.
        #expect(try kv("--max-seq-len", "512") == 512 * 2048 * 2)
        #expect(try kv("--max-seq-len", "512", "--kv-dtype", "f32") == 512 * 2048 * 4)
        #expect(try kv("--max-seq-len", "512", "--kv-dtype", "bf16") == 512 * 2048 * 2)
        #expect(try kv("--max-seq-len", "512", "--kv-dtype", "q8_0") == 512 * 2048 / 32 * 34)
        #expect(
            try kv("--max-seq-len", "512", "--max-batch-size", "3") == 3 * 512 * 2048 * 2)
    }

    struct Inspection: Decodable {
        struct Tensor: Decodable {
            let name: String
            let shape: [Int]
            let type: String
        }

        let architecture: String
        let format: String
        let vocabulary: Int
        let tensors: [Tensor]
        let chatTemplate: String
    }

    @Test func inspectionShowsTensors() throws {
        let model = try BoraProgram.run("inspect", "--json").json(as: Inspection.self)
        #expect(model.architecture == "llama")
        #expect(model.format == "GGUF v3")
        #expect(model.vocabulary == 4096)
        #expect(model.chatTemplate.contains("<|im_start|>"))
        let embedding = try #require(model.tensors.first { $0.name == "token_embd.weight" })
        #expect(embedding.shape == [4096, 256])
        let output = try BoraProgram.run("inspect", BoraProgram.modelPath)
        #expect(output.exitCode == 0)
        #expect(output.standardOutput.contains("llama.block_count"))
        #expect(output.standardOutput.contains("blk.7.attn_q.weight"))
    }
}
