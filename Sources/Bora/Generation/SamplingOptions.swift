import BoraFormats
import BoraSampling

/// How the next token is chosen. What is nil is the model's own choice, or the neutral value.
public struct SamplingOptions: Sendable {
    /// Divides the logits; 0 always takes the most likely token.
    public var temperature: Float?
    /// Keeps the most likely tokens; 0 keeps all.
    public var topK: Int?
    /// Keeps the smallest set of tokens whose probabilities reach this.
    public var topP: Float?
    /// Keeps tokens at least this many times as likely as the most likely one.
    public var minP: Float?
    /// Divides positive and multiplies negative logits of tokens seen before.
    public var repetitionPenalty: Float?
    /// Taken once from the logit of every token of the answer.
    public var presencePenalty: Float?
    /// Taken from a token's logit once for each time it stands in the answer.
    public var frequencyPenalty: Float?
    /// The same seed, model, map and request give the same text. nil draws one.
    public var seed: UInt64?
    /// Reports the log probability of each token and of this many alternatives.
    public var logprobs: Int?

    public init() {}

    /// The most likely token each time, without penalties.
    public static var greedy: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = 0
        options.repetitionPenalty = 1
        return options
    }
}

extension SamplingOptions {
    /// Throws the first value that lies outside its range.
    public func validate() throws { _ = try parameters(over: SamplingDefaults()) }

    /// These options over the defaults that the checkpoint carries.
    package func parameters(for checkpoint: Checkpoint) throws -> SamplingParameters {
        try parameters(over: SamplingDefaults(checkpoint))
    }

    private func parameters(over defaults: SamplingDefaults) throws -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = temperature ?? defaults.temperature ?? 1
        parameters.topK = topK ?? defaults.topK ?? 0
        parameters.topP = topP ?? defaults.topP ?? 1
        parameters.minP = minP ?? defaults.minP ?? 0
        parameters.repetitionPenalty = repetitionPenalty ?? defaults.repetitionPenalty ?? 1
        parameters.presencePenalty = presencePenalty ?? 0
        parameters.frequencyPenalty = frequencyPenalty ?? 0
        parameters.seed = seed ?? UInt64.random(in: 0...UInt64.max)
        parameters.logprobs = logprobs
        try parameters.validate()
        return parameters
    }
}
