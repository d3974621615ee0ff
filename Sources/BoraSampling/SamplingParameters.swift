import BoraCore

/// How the next token is chosen from a model's logits. The defaults leave the model's
/// distribution as it is; `temperature` 0 always takes the most likely token.
package struct SamplingParameters: Hashable, Codable, Sendable {
    /// Divides the logits: below 1 sharpens the distribution, above 1 flattens it; 0 is greedy.
    package var temperature: Float = 1
    /// Keeps the `topK` most likely tokens; 0 keeps all.
    package var topK: Int = 0
    /// Keeps the smallest set of most likely tokens whose probabilities reach `topP`; 1 keeps all.
    package var topP: Float = 1
    /// Keeps tokens at least `minP` times as likely as the most likely one; 0 keeps all.
    package var minP: Float = 0
    /// Divides the positive and multiplies the negative logits of every token in the prompt or the
    /// answer (Keskar et al. 2019, as in `transformers`); 1 changes nothing.
    package var repetitionPenalty: Float = 1
    /// Taken once from the logit of every token in the answer (as in the OpenAI API).
    package var presencePenalty: Float = 0
    /// Taken from a token's logit once for each time it stands in the answer (OpenAI API).
    package var frequencyPenalty: Float = 0
    /// The n-th token of an answer is drawn with a number that depends on `seed` and n alone.
    package var seed: UInt64 = 0
    /// Reports the log probability of the chosen token and of this many most likely ones.
    package var logprobs: Int?

    package init() {}

    /// The most likely token each time.
    package static var greedy: SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = 0
        return parameters
    }

    package var isGreedy: Bool { temperature == 0 }

    /// Throws the first parameter that lies outside its range.
    package func validate() throws(SamplingError) {
        try check("temperature", temperature, "0 ... 100", 0...100)
        try check("top_k", topK, "0 (off) or more", 0...Int.max)
        try check("top_p", topP, "more than 0, up to 1", Float.leastNonzeroMagnitude...1)
        try check("min_p", minP, "0 ... 1", 0...1)
        try check("repetition_penalty", repetitionPenalty, "0.01 ... 100", 0.01...100)
        try check("presence_penalty", presencePenalty, "-2 ... 2", -2...2)
        try check("frequency_penalty", frequencyPenalty, "-2 ... 2", -2...2)
        try check("logprobs", logprobs ?? 0, "0 ... 20", 0...20)
    }

    private func check<Number: Comparable>(
        _ name: String, _ value: Number, _ words: String, _ allowed: ClosedRange<Number>
    ) throws(SamplingError) {
        guard allowed.contains(value) else {
            throw SamplingError(
                .parameterOutOfRange(name: name, value: "\(value)", allowed: words))
        }
    }
}
