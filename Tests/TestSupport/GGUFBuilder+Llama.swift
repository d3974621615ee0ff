import BoraCore

extension GGUFBuilder {
    /// The sizes of a small Llama.
    package struct LlamaSizes {
        package var layers = 3
        package var width = 64
        package var feedForward = 96
        package var heads = 4
        package var keyValueHeads = 2
        package var vocabulary = 50
        package var tied = true

        package init() {}
    }

    /// A Llama with random f32 weights, drawn from `seed`, and no tokenizer. `change` may alter
    /// a tensor's name or shape, or drop it.
    package static func llama(
        _ sizes: LlamaSizes = LlamaSizes(), seed: Int = 1,
        change: (String, [Int]) -> (String, [Int])? = { ($0, $1) }
    ) -> GGUFBuilder {
        var builder = GGUFBuilder(architecture: "llama")
        let facts: [(String, Int)] = [
            ("block_count", sizes.layers), ("embedding_length", sizes.width),
            ("feed_forward_length", sizes.feedForward), ("context_length", 256),
            ("attention.head_count", sizes.heads),
            ("attention.head_count_kv", sizes.keyValueHeads),
        ]
        for (key, value) in facts { builder.set("llama.\(key)", .uint32(UInt32(value))) }
        builder.set("llama.attention.layer_norm_rms_epsilon", .float32(1e-5))

        var generator = SeededGenerator(seed: seed)
        func add(_ name: String, _ extents: [Int], around mean: Float = 0) {
            guard let (name, extents) = change(name, extents) else { return }
            let count = extents.reduce(1, *)
            let values = (0..<count).map { _ in
                mean + Float.random(in: -0.2...0.2, using: &generator)
            }
            builder.addTensor(name, Shape(extents)!, values: values)
        }
        let (width, feedForward) = (sizes.width, sizes.feedForward)
        let keyWidth = width / sizes.heads * sizes.keyValueHeads
        add("token_embd.weight", [sizes.vocabulary, width])
        for layer in 0..<sizes.layers {
            let block = "blk.\(layer)."
            add(block + "attn_norm.weight", [width], around: 1)
            add(block + "attn_q.weight", [width, width])
            add(block + "attn_k.weight", [keyWidth, width])
            add(block + "attn_v.weight", [keyWidth, width])
            add(block + "attn_output.weight", [width, width])
            add(block + "ffn_norm.weight", [width], around: 1)
            add(block + "ffn_gate.weight", [feedForward, width])
            add(block + "ffn_up.weight", [feedForward, width])
            add(block + "ffn_down.weight", [width, feedForward])
        }
        add("output_norm.weight", [width], around: 1)
        if !sizes.tied { add("output.weight", [sizes.vocabulary, width]) }
        return builder
    }
}
