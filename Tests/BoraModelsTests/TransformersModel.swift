import BoraCore
import BoraFormats
import BoraModels
import TestSupport
import Testing

/// A small model as `transformers` would save it, to be changed before it is read: its
/// configuration, and the names and shapes of its tensors, which are all zeros.
struct TransformersModel: CustomTestStringConvertible {
    /// Values as JSON, by key.
    var configuration: [String: String]
    /// Outermost extent first.
    var tensors: [String: [Int]]

    var testDescription: String { configuration["model_type"] ?? "" }

    private static let layers = 3
    private static let width = 16
    private static let feedForwardWidth = 24
    private static let headWidth = 8
    private static let heads = 4
    private static let keyValueHeads = 2
    private static let vocabulary = 10

    /// A model of every architecture. All are tied, but Llama.
    static let all = [
        llama, mistral, qwen2, qwen3, phi3, gemma2, gemma3, smolLM3, granite,
    ]

    static let llama: TransformersModel = {
        var model = TransformersModel("llama")
        model.configuration["tie_word_embeddings"] = "false"
        model.tensors["lm_head.weight"] = [vocabulary, width]
        return model
    }()

    static let mistral = TransformersModel("mistral", ["sliding_window": "4"])

    static let qwen2: TransformersModel = {
        var model = TransformersModel(
            "qwen2",
            ["use_sliding_window": "true", "sliding_window": "4", "max_window_layers": "1"])
        model.addToLayers([
            "self_attn.q_proj.bias": [heads * headWidth],
            "self_attn.k_proj.bias": [keyValueHeads * headWidth],
            "self_attn.v_proj.bias": [keyValueHeads * headWidth],
        ])
        return model
    }()

    static let qwen3: TransformersModel = {
        var model = TransformersModel(
            "qwen3",
            ["use_sliding_window": "true", "sliding_window": "4", "max_window_layers": "2"])
        model.addToLayers(headNorms)
        return model
    }()

    static let phi3: TransformersModel = {
        var model = TransformersModel(
            "phi3",
            [
                "original_max_position_embeddings": "32",
                "rope_scaling": """
                {"type": "longrope", "short_factor": [1, 1, 1, 1], "long_factor": [1, 2, 3, 4]}
                """,
            ])
        model.tensors = model.tensors.filter {
            !$0.key.contains(/[qkv]_proj|gate_proj|up_proj/)
        }
        model.addToLayers([
            "self_attn.qkv_proj.weight": [(heads + 2 * keyValueHeads) * headWidth, width],
            "mlp.gate_up_proj.weight": [2 * feedForwardWidth, width],
        ])
        return model
    }()

    static let gemma2: TransformersModel = {
        var model = TransformersModel("gemma2", gemma)
        model.addToLayers(feedForwardNorms)
        return model
    }()

    static let gemma3: TransformersModel = {
        var model = TransformersModel("gemma3_text", gemma)
        model.configuration["sliding_window_pattern"] = "3"
        model.addToLayers(feedForwardNorms)
        model.addToLayers(headNorms)
        return model
    }()

    static let smolLM3 = TransformersModel("smollm3", ["no_rope_layers": "[1, 0, 1]"])

    static let granite = TransformersModel(
        "granite",
        [
            "embedding_multiplier": "12", "residual_multiplier": "0.22",
            "attention_multiplier": "0.125", "logits_scaling": "8",
        ])

    private static let gemma = [
        "hidden_activation": #""gelu_pytorch_tanh""#, "query_pre_attn_scalar": "8",
        "sliding_window": "4",
    ]
    private static let headNorms = [
        "self_attn.q_norm.weight": [headWidth], "self_attn.k_norm.weight": [headWidth],
    ]
    private static let feedForwardNorms = [
        "pre_feedforward_layernorm.weight": [width], "post_feedforward_layernorm.weight": [width],
    ]

    /// The tensors of a tied Llama.
    private init(_ type: String, _ configuration: [String: String] = [:]) {
        self.configuration = [
            "model_type": "\"\(type)\"", "num_hidden_layers": "\(Self.layers)",
            "hidden_size": "\(Self.width)", "intermediate_size": "\(Self.feedForwardWidth)",
            "num_attention_heads": "\(Self.heads)",
            "num_key_value_heads": "\(Self.keyValueHeads)", "head_dim": "\(Self.headWidth)",
            "rms_norm_eps": "1e-5", "max_position_embeddings": "64",
            "vocab_size": "\(Self.vocabulary)", "tie_word_embeddings": "true",
            "torch_dtype": "\"float32\"",
        ].merging(configuration) { $1 }
        tensors = [
            "model.embed_tokens.weight": [Self.vocabulary, Self.width],
            "model.norm.weight": [Self.width],
        ]
        addToLayers([
            "input_layernorm.weight": [Self.width],
            "self_attn.q_proj.weight": [Self.heads * Self.headWidth, Self.width],
            "self_attn.k_proj.weight": [Self.keyValueHeads * Self.headWidth, Self.width],
            "self_attn.v_proj.weight": [Self.keyValueHeads * Self.headWidth, Self.width],
            "self_attn.o_proj.weight": [Self.width, Self.heads * Self.headWidth],
            "post_attention_layernorm.weight": [Self.width],
            "mlp.gate_proj.weight": [Self.feedForwardWidth, Self.width],
            "mlp.up_proj.weight": [Self.feedForwardWidth, Self.width],
            "mlp.down_proj.weight": [Self.width, Self.feedForwardWidth],
        ])
    }

    private mutating func addToLayers(_ tensors: [String: [Int]]) {
        for layer in 0..<Self.layers {
            for (name, extents) in tensors {
                self.tensors["model.layers.\(layer).\(name)"] = extents
            }
        }
    }

    /// The model with some keys of its configuration changed.
    func setting(_ changes: [String: String]) -> TransformersModel {
        var model = self
        model.configuration.merge(changes) { $1 }
        return model
    }

    /// The model as it is read from its files.
    func read() throws -> Model {
        let members = configuration.sorted { $0.key < $1.key }.map { #""\#($0)": \#($1)"# }
        var weights = SafetensorsBuilder()
        for (name, extents) in tensors.sorted(by: { $0.key < $1.key }) {
            let shape = Shape(extents)!
            weights.addTensor(
                name, shape, values: Array(repeating: 0, count: shape.elements))
        }
        let files = ModelFiles(
            name: "saved",
            sources: [
                "config.json": try ByteSource(
                    named: "config.json", Array("{\(members.joined(separator: ","))}".utf8)),
                "model.safetensors": try ByteSource(named: "model.safetensors", weights.build()),
            ])
        return try Model(Checkpoint(in: files), kvType: .f16)
    }
}
