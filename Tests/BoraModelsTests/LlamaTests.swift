import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats
import BoraModels
import TestSupport
import Testing

@Suite struct LlamaTests {
    private static func model(_ builder: GGUFBuilder) throws -> Model {
        let checkpoint = try Checkpoint(reading: .temporary(builder.build()))
        return try Model(checkpoint, kvType: .f16)
    }

    private static func binding(_ model: Model, split: Int? = nil) -> ModelBinding {
        let layouts: [any BackendLayout] = [PlainLayout(), PlainLayout()]
        return ModelLayout(model, layouts: layouts, blocksPerGroup: [4]) { part in
            guard let split else { return 0 }
            switch part.layer {
            case let layer?: return layer < split ? 0 : 1
            case nil: return part == .embedding ? 0 : 1
            }
        }.binding
    }

    @Test func declaresEveryTensorOfTheCheckpoint() throws {
        let model = try Self.model(.llama())
        #expect(model.layerCount == 3)
        #expect(model.vocabularySize == 50)
        #expect(model.contextLength == 256)
        #expect(model.groups.count == 1)
        #expect(model.groups[0].layers == [0, 1, 2])
        // Embedding, 9 tensors and the rotary frequencies of each layer, final norm, tied head.
        #expect(model.weights.count == 1 + 3 * 10 + 2)
    }

    @Test func theEmbeddedModelIsEightLayersOfLlama() throws {
        let path = #filePath.replacing(
            "Tests/BoraModelsTests/LlamaTests.swift", with: "Sources/CTale/tale-q8_0.gguf")
        let checkpoint = try Checkpoint(reading: ByteSource(mapping: path))
        let model = try Model(checkpoint, kvType: .f16)
        #expect(model.layerCount == 8)
        #expect(model.vocabularySize == 4096)
        #expect(model.contextLength == 768)
    }

    @Test(arguments: ["blk.1.attn_k.weight", "output_norm.weight", "token_embd.weight"])
    func aMissingTensorIsNamed(name: String) throws {
        let builder = GGUFBuilder.llama { $0 == name ? nil : ($0, $1) }
        let error = try #require(throws: ModelError.self) { try Self.model(builder) }
        #expect(error.code == .missingTensor(name))
    }

    @Test func aWrongShapeIsNamed() throws {
        let builder = GGUFBuilder.llama {
            ($0, $0 == "blk.0.ffn_up.weight" ? [$1[0], $1[1] + 1] : $1)
        }
        let error = try #require(throws: ModelError.self) { try Self.model(builder) }
        #expect(
            error.code
                == .wrongShape(
                    tensor: "blk.0.ffn_up.weight", expected: Shape(96, 64), found: Shape(96, 65)))
    }

    @Test func tensorsThatNothingUsesAreRefused() throws {
        var builder = GGUFBuilder.llama()
        builder.addTensor("blk.0.ffn_gate_inp.weight", Shape(8, 64))
        let error = try #require(throws: ModelError.self) { try Self.model(builder) }
        #expect(error.code == .unusedTensors(["blk.0.ffn_gate_inp.weight"]))
    }

    @Test func anUnknownArchitectureListsThoseKnown() throws {
        var builder = GGUFBuilder.llama()
        builder.set("general.architecture", .string("mamba"))
        let error = try #require(throws: ModelError.self) { try Self.model(builder) }
        #expect(error.code == .unknownArchitecture("mamba", known: Architectures.names))
    }

    @Test(arguments: [
        ("llama.block_count", GGUFBuilder.Value.uint32(0)),
        ("llama.block_count", .int32(-1)),
        ("llama.attention.head_count", .uint32(3)),
        ("llama.attention.head_count_kv", .uint32(3)),
        ("llama.rope.dimension_count", .uint32(17)),
        ("llama.rope.dimension_count", .uint32(1 << 20)),
        ("llama.rope.freq_base", .float32(.nan)),
        ("llama.rope.freq_base", .float32(0)),
        ("llama.attention.layer_norm_rms_epsilon", .float32(-1)),
        ("llama.expert_count", .uint32(8)),
        ("llama.rope.scaling.type", .string("abf")),
        ("llama.context_length", .uint32(0)),
        ("llama.embedding_length", .uint32(.max)),
    ])
    func impossibleHyperparametersAreErrors(key: String, value: GGUFBuilder.Value) throws {
        var builder = GGUFBuilder.llama()
        builder.set(key, value)
        #expect(throws: ModelError.self) { try Self.model(builder) }
    }

    @Test func aHyperparameterOfAnotherTypeIsAFormatError() throws {
        var builder = GGUFBuilder.llama()
        builder.set("llama.block_count", .string("three"))
        #expect(throws: FormatError.self) { try Self.model(builder) }
    }

    /// A tied head is stored once on one device, and twice where embedding and head are apart.
    @Test func aTiedHeadIsStoredWhereItIsNeeded() throws {
        let model = try Self.model(.llama())
        let together = ModelLayout(
            model, layouts: [PlainLayout()], blocksPerGroup: [4], device: { _ in 0 })
        let apart = ModelLayout(
            model, layouts: [PlainLayout(), PlainLayout()], blocksPerGroup: [4]
        ) { $0 == .head ? 1 : 0 }
        let table = 50 * 64 * 4
        let norm = 64 * 4
        #expect(apart.arenas[0].weights == together.arenas[0].weights - norm)
        #expect(apart.arenas[1].weights == norm + table)
        // Where a device may cut the arena.
        #expect(apart.arenas[1].weightStarts == [0, norm])
        #expect(together.arenas[0].weightStarts == together.stored.map { $0.target.handle.offset })
    }

    @Test func everySplitHasOneCrossingAndTheSameOperations() throws {
        let model = try Self.model(.llama())
        let step = Step.planned(rows: 6, sequences: 2, outputRows: 2, context: 20)
        let whole = model.program(for: step, binding: Self.binding(model))
        #expect(whole.segments.count == 1)
        for split in 1..<3 {
            let program = model.program(for: step, binding: Self.binding(model, split: split))
            #expect(program.segments.map(\.device) == [0, 1])
            #expect(program.segments.map(\.crossings.count) == [0, 1])
            #expect(program.operations.count == whole.operations.count)
        }
    }

    /// The footprint's bytes are those that the layout and the largest program take.
    @Test(arguments: [(256, 1, 64), (256, 8, 16), (100, 2, 512)])
    func theFootprintIsWhatTheForwardPassTouches(
        tokens: Int, batch: Int, chunk: Int
    ) throws {
        let model = try Self.model(.llama())
        var policy = MappingPolicy()
        policy.maxSequenceLength = tokens
        policy.maxBatchSize = batch
        policy.chunkTokens = chunk
        let footprint = model.footprint(policy: policy, layouts: [PlainLayout()])
        let layout = ModelLayout(
            model, layouts: [PlainLayout()], blocksPerGroup: [4], device: { _ in 0 })
        var seen = Set<String>()
        let weights = footprint.tensors.filter { seen.insert($0.name).inserted }
            .reduce(0) { $0 + ($1.stored.cpu ?? 0) }
        #expect(weights == layout.arenas[0].weights)
        let step = Step.planned(
            rows: policy.stepTokens, sequences: batch, outputRows: batch, context: tokens)
        let program = model.program(for: step, binding: layout.binding)
        let peak = footprint.workspace.compactMap(\.bytes.cpu).max() ?? 0
        #expect(peak == program.workspaceBytes[0])
        #expect(footprint.caches.allSatisfy { $0.blockBytes == 32 * 2 * 16 * 2 * 2 })
    }
}
