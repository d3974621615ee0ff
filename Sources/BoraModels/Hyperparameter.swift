import BoraFormats

/// A hyperparameter by the keys that the two conventions have for it; `nil` where one has none.
/// Those of GGUF follow the architecture's name: `llama.block_count`.
struct Hyperparameter: Hashable {
    let gguf: String?
    let transformers: String?

    init(gguf: String? = nil, transformers: String? = nil) {
        self.gguf = gguf
        self.transformers = transformers
    }

    static let layers = Self(gguf: "block_count", transformers: "num_hidden_layers")
    static let width = Self(gguf: "embedding_length", transformers: "hidden_size")
    static let feedForwardWidth = Self(
        gguf: "feed_forward_length", transformers: "intermediate_size")
    static let vocabulary = Self(gguf: "vocab_size", transformers: "vocab_size")
    static let context = Self(gguf: "context_length", transformers: "max_position_embeddings")
    static let heads = Self(gguf: "attention.head_count", transformers: "num_attention_heads")
    static let keyValueHeads = Self(
        gguf: "attention.head_count_kv", transformers: "num_key_value_heads")
    static let headWidth = Self(gguf: "attention.key_length", transformers: "head_dim")
    static let valueWidth = Self(gguf: "attention.value_length")
    static let epsilon = Self(
        gguf: "attention.layer_norm_rms_epsilon", transformers: "rms_norm_eps")
    static let experts = Self(gguf: "expert_count")
    static let isTied = Self(transformers: "tie_word_embeddings")
    static let attentionBias = Self(transformers: "attention_bias")
    static let feedForwardBias = Self(transformers: "mlp_bias")

    static let window = Self(gguf: "attention.sliding_window", transformers: "sliding_window")
    static let windowPattern = Self(
        gguf: "attention.sliding_window_pattern", transformers: "sliding_window_pattern")
    static let layerTypes = Self(transformers: "layer_types")
    static let usesWindow = Self(transformers: "use_sliding_window")
    static let firstWindowLayer = Self(transformers: "max_window_layers")

    static let rotatedWidth = Self(gguf: "rope.dimension_count")
    static let originalContext = Self(
        gguf: "rope.scaling.original_context_length",
        transformers: "original_max_position_embeddings")
}
