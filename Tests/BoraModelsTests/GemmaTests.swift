import BoraCore
import BoraDevices
import BoraFormats
import BoraModels
import TestSupport
import Testing

/// What GGUF files of Gemma leave their readers to know.
@Suite struct GemmaTests {
    private static let width = 64
    private static let heads = 2
    private static let headWidth = 16

    /// A Gemma 2 or 3 of zeros.
    private static func builder(_ architecture: String, layers: Int) -> GGUFBuilder {
        var builder = GGUFBuilder(architecture: architecture)
        let facts: [(String, Int)] = [
            ("block_count", layers), ("embedding_length", width), ("feed_forward_length", 32),
            ("context_length", 256), ("attention.head_count", heads),
            ("attention.head_count_kv", heads), ("attention.key_length", headWidth),
            ("attention.value_length", headWidth), ("attention.sliding_window", 64),
        ]
        for (key, value) in facts { builder.set("\(architecture).\(key)", .uint32(UInt32(value))) }
        builder.set("\(architecture).attention.layer_norm_rms_epsilon", .float32(1e-6))
        builder.addTensor("token_embd.weight", Shape(10, width))
        builder.addTensor("output_norm.weight", Shape(width))
        for layer in 0..<layers {
            func add(_ name: String, _ shape: Shape) {
                builder.addTensor("blk.\(layer).\(name).weight", shape)
            }
            for norm in ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"] {
                add(norm, Shape(width))
            }
            for projection in ["attn_q", "attn_k", "attn_v"] {
                add(projection, Shape(heads * headWidth, width))
            }
            add("attn_output", Shape(width, heads * headWidth))
            for projection in ["ffn_gate", "ffn_up"] { add(projection, Shape(32, width)) }
            add("ffn_down", Shape(width, 32))
            if architecture == "gemma3" {
                for norm in ["attn_q_norm", "attn_k_norm"] { add(norm, Shape(headWidth)) }
            }
        }
        return builder
    }

    /// llama.cpp's rule (`src/models/gemma2.cpp`, `gemma3.cpp`): the largest model of each family,
    /// known by its layers, divides the scores by `√(width / heads)`, the others by `√headWidth`.
    @Test(arguments: [
        ("gemma2", 46, 32), ("gemma2", 42, 16), ("gemma3", 62, 32), ("gemma3", 48, 16),
    ])
    func theLargestModelScalesItsScoresByItsWidth(
        architecture: String, layers: Int, divisor: Int
    ) throws {
        let checkpoint = try Checkpoint(
            reading: .temporary(Self.builder(architecture, layers: layers).build()))
        let model = try Model(checkpoint, kvType: .f16)
        let layout = ModelLayout(
            model, layouts: [PlainLayout()], blocksPerGroup: model.groups.map { _ in 4 },
            device: { _ in 0 })
        let step = Step.planned(rows: 2, sequences: 1, outputRows: 1, context: 2)
        let scales = model.program(for: step, binding: layout.binding).operations.compactMap {
            if case .attend(let attend) = $0 { attend.scale } else { nil }
        }
        #expect(scales == Array(repeating: 1 / Float(divisor).squareRoot(), count: layers))
    }
}
