import BoraLoading
import BoraSampling

/// What a request's reader gets, in order; `finished` comes last.
package enum TokenEvent: Sendable {
    case token(Sample)
    /// The logits of the next tokens of a request for logits: `[tokens, vocabulary]`.
    case logits(StepOutput)
    case finished(FinishReason, Usage)
}

package enum FinishReason: String, Codable, Sendable {
    /// The model ended its answer with a stop token, which is not among the events.
    case stop
    /// All that was asked for is done.
    case length
    case cancelled
    /// The KV cache cannot hold one token more, even for this request alone.
    case outOfKV
}

/// What a request has used.
package struct Usage: Sendable {
    package internal(set) var promptTokens: Int
    /// Tokens of the prompt whose keys and values an earlier request left behind, so that they were
    /// not computed before the first token.
    package internal(set) var cachedTokens = 0
    /// Tokens sampled, a stop token included.
    package internal(set) var generatedTokens = 0
    /// From the start of the first step to the first token.
    package internal(set) var promptTime = Duration.zero
    /// From the first token to the end.
    package internal(set) var generateTime = Duration.zero
}
