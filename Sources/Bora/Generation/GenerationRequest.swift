/// What is asked of a model.
public struct GenerationRequest: Sendable {
    public enum Prompt: Sendable {
        /// Rendered by the model's chat template, special tokens and all.
        case conversation(Conversation)
        /// Taken as it is; special tokens written in it count as such.
        case text(String)
        /// Token ids.
        case tokens([Int])

        /// A conversation without tools.
        public static func messages(_ messages: [ChatMessage]) -> Prompt {
            .conversation(Conversation(messages))
        }
    }

    public var prompt: Prompt
    public var sampling = SamplingOptions()
    /// Tokens to generate at most; nil for as many as the model's context has room for.
    public var maxTokens: Int?
    /// The answer ends before the first of these texts.
    public var stop: [String] = []
    /// Goes on past the model's own end of an answer: for measuring.
    public var ignoresEnd = false

    public init(_ prompt: Prompt) { self.prompt = prompt }
}

/// What a model answers, piece by piece.
public enum GenerationEvent: Sendable {
    /// More of the answer. The text may be empty while a character is incomplete.
    case token(GeneratedToken)
    /// Text that was held back, as it might have become a stop text; no token comes with it.
    case rest(String)
    /// The answer is complete. Always the last event.
    case finished(FinishReason, GenerationUsage)
}

public struct GeneratedToken: Sendable {
    /// A candidate and its natural log probability under the model's own distribution.
    public struct Alternative: Sendable {
        public let token: Int
        public let text: String
        public let logprob: Float
    }

    public let token: Int
    /// Whole characters that are certain now, of this token and of those held back before.
    public let text: String
    /// Present when the request asks for log probabilities.
    public let logprob: Float?
    public let alternatives: [Alternative]
}

public enum FinishReason: String, Sendable {
    /// The model ended its answer, or a stop text came up.
    case stop
    /// `maxTokens`, or the model's context, is reached.
    case length
    /// The request was cancelled.
    case cancelled
    /// Memory does not hold the KV cache of one token more.
    case outOfMemory
}

/// What an answer took.
public struct GenerationUsage: Sendable {
    public let promptTokens: Int
    /// Tokens of the prompt that were not computed again: the model had them from an earlier
    /// request that began alike.
    public let cachedTokens: Int
    public let generatedTokens: Int
    /// From the start of the prompt to the first token.
    public let promptSeconds: Double
    /// From the first token to the last.
    public let generationSeconds: Double
}
