import BoraFormats

/// How a checkpoint wants its tokens chosen, as far as it says: `general.sampling.*` of a GGUF
/// file, or `generation_config.json` beside safetensors.
struct SamplingDefaults {
    private(set) var temperature: Float?
    private(set) var topK: Int?
    private(set) var topP: Float?
    private(set) var minP: Float?
    private(set) var repetitionPenalty: Float?

    /// Nothing said.
    init() {}

    init(_ checkpoint: Checkpoint) throws {
        switch checkpoint.naming {
        case .gguf:
            try read(
                checkpoint.metadata, prefix: "general.sampling.", temperature: "temp",
                repetitionPenalty: "penalty_repeat")
        case .transformers:
            guard let generation = try checkpoint.generation else { return }
            try read(
                generation, prefix: "", temperature: "temperature",
                repetitionPenalty: "repetition_penalty")
            // The model is meant to give the likeliest token, whatever else the file says.
            if try generation.value("do_sample") == false { temperature = 0 }
        }
    }

    private mutating func read(
        _ metadata: Metadata, prefix: String, temperature: String, repetitionPenalty: String
    ) throws {
        self.temperature = try metadata.value(prefix + temperature)
        topK = try metadata.value(prefix + "top_k")
        topP = try metadata.value(prefix + "top_p")
        minP = try metadata.value(prefix + "min_p")
        self.repetitionPenalty = try metadata.value(prefix + repetitionPenalty)
    }
}
