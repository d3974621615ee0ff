import BoraFormats

/// A weight by the names that the two conventions have for it, without layer and ending.
struct TensorName {
    let gguf: String
    let transformers: String

    static let embedding = Self(gguf: "token_embd", transformers: "embed_tokens")
    static let finalNorm = Self(gguf: "output_norm", transformers: "norm")
    static let head = Self(gguf: "output", transformers: "lm_head")

    static let attentionNorm = Self(gguf: "attn_norm", transformers: "input_layernorm")
    static let query = Self(gguf: "attn_q", transformers: "self_attn.q_proj")
    static let key = Self(gguf: "attn_k", transformers: "self_attn.k_proj")
    static let value = Self(gguf: "attn_v", transformers: "self_attn.v_proj")
    static let queryNorm = Self(gguf: "attn_q_norm", transformers: "self_attn.q_norm")
    static let keyNorm = Self(gguf: "attn_k_norm", transformers: "self_attn.k_norm")
    static let attentionOutput = Self(gguf: "attn_output", transformers: "self_attn.o_proj")

    static let feedForwardNorm = Self(
        gguf: "ffn_norm", transformers: "post_attention_layernorm")
    static let gate = Self(gguf: "ffn_gate", transformers: "mlp.gate_proj")
    static let up = Self(gguf: "ffn_up", transformers: "mlp.up_proj")
    static let down = Self(gguf: "ffn_down", transformers: "mlp.down_proj")

    /// The name of a tensor as it stands in a checkpoint.
    ///
    /// - Parameter layer: the repeating layer; nil for a fixed part.
    func inCheckpoint(
        _ naming: Checkpoint.Naming, layer: Int?, _ ending: String = "weight"
    ) -> String {
        switch naming {
        case .gguf:
            (layer.map { "blk.\($0)." } ?? "") + "\(gguf).\(ending)"
        case .transformers where self == .head:
            "\(transformers).\(ending)"
        case .transformers:
            "model." + (layer.map { "layers.\($0)." } ?? "") + "\(transformers).\(ending)"
        }
    }
}

extension TensorName: Equatable {}
