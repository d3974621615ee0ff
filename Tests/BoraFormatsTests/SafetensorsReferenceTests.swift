import BoraCore
import BoraFormats
import Testing

/// Checkpoints that the reference implementations wrote, against what they say is in them
/// (`scripts/make_checkpoint_goldens.py`).
@Suite struct SafetensorsReferenceTests {
    private func expectTensors(of checkpoint: Checkpoint, in file: String) throws {
        let expected = try Resource.decode([Resource.Tensor].self, from: file)
        #expect(Set(checkpoint.tensors.map(\.name)) == Set(expected.map(\.name)))
        #expect(checkpoint.tensors.count == expected.count)
        for tensor in expected {
            let entry = try checkpoint.require(tensor: tensor.name)
            #expect(entry.shape.extents == tensor.shape, "\(tensor.name)")
            #expect(entry.type == tensor.type, "\(tensor.name)")
            #expect(entry.data.hexadecimal == tensor.bytes, "\(tensor.name)")
        }
    }

    @Test func everyElementType() throws {
        let checkpoint = try Checkpoint(at: Resource.path("safetensors"))
        try expectTensors(of: checkpoint, in: "safetensors.json")
        #expect(Set(checkpoint.tensors.map(\.type)) == [.f32, .f16, .bf16])
        #expect(checkpoint.format == "safetensors")
        #expect(checkpoint.architecture == "everything")
        #expect(checkpoint.naming == .transformers)
        #expect(checkpoint.companions.isEmpty)
        #expect(try checkpoint.generation == nil)
        #expect(try checkpoint.defaultType == .bf16)
    }

    /// By the folder, by its index, by any of its files.
    @Test(arguments: ["", "/model.safetensors.index.json", "/model-00003-of-00004.safetensors"])
    func sharded(_ file: String) throws {
        let path = Resource.path("sharded") + file
        let checkpoint = try Checkpoint(at: path)
        try expectTensors(of: checkpoint, in: "sharded.json")
        #expect(checkpoint.name == path)
        #expect(checkpoint.format == "safetensors, 4 files")
        #expect(checkpoint.hasWeights)
        #expect(checkpoint.parameterCount == 760)
        #expect(checkpoint.weightBytes == 1520)
        try expectDescription(of: checkpoint)
    }

    @Test func aConfigurationAlone() throws {
        let checkpoint = try Checkpoint(at: Resource.path("sharded/config.json"))
        #expect(!checkpoint.hasWeights)
        #expect(checkpoint.format == "configuration without weights")
        try expectDescription(of: checkpoint)
    }

    private func expectDescription(of checkpoint: Checkpoint) throws {
        let metadata = checkpoint.metadata
        #expect(checkpoint.architecture == "llama")
        #expect(try metadata.require("hidden_size", as: Int.self) == 8)
        #expect(try metadata.require("architectures", as: [String].self) == ["LlamaForCausalLM"])
        #expect(try metadata.require("rope_parameters.factor", as: Double.self) == 2)
        #expect(try metadata.require("rope_parameters.rope_theta", as: Double.self) == 10_000)
        #expect(metadata["pad_token_id"] == nil)
        #expect(try checkpoint.defaultType == .bf16)
        let generation = try #require(try checkpoint.generation)
        #expect(try generation.require("eos_token_id", as: [Int].self) == [2, 3])
        #expect(try generation.require("temperature", as: Float.self) == 0.6)
        #expect(
            checkpoint.companions.keys.sorted() == [
                "chat_template.jinja", "generation_config.json", "tokenizer.json",
                "tokenizer_config.json",
            ])
        let template = try #require(checkpoint.companions["chat_template.jinja"])
        #expect(template.bytes.text()?.hasPrefix("{% for m in messages %}") == true)
    }
}
