import BoraCore
import BoraFormats
import Testing

/// The model that ships with Bora, against the facts of its README.
@Suite struct EmbeddedModelTests {
    private let tale: Checkpoint

    init() throws {
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let source = try ByteSource(mapping: "/\(package)/Sources/CTale/tale-q8_0.gguf")
        tale = try Checkpoint(reading: source)
    }

    @Test func hyperparameters() throws {
        #expect(tale.format == "GGUF v3")
        #expect(tale.architecture == "llama")
        #expect(try tale.metadata.require("llama.block_count", as: Int.self) == 8)
        #expect(try tale.metadata.require("llama.embedding_length", as: Int.self) == 256)
        let tokens = try tale.metadata.require("tokenizer.ggml.tokens", as: [String].self)
        #expect(tokens.count == 4096)
        let types = try tale.metadata.require("tokenizer.ggml.token_type", as: [Int].self)
        #expect(types.count == 4096)
    }

    @Test func tensors() throws {
        let embedding = try tale.require(tensor: "token_embd.weight")
        #expect(embedding.shape == Shape(4096, 256))
        #expect(embedding.type == .q8_0)
        #expect(embedding.data.count == 4096 * 256 / 32 * 34)
        #expect(tale.typeTotals.map(\.bytes).reduce(0, +) == tale.weightBytes)
        #expect(tale.typeTotals.first?.type == .q8_0)
    }
}
