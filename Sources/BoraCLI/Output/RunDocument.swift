import Bora

/// An answer as `bora run --json` prints it.
struct RunDocument: Encodable {
    struct Token: Encodable {
        let id: Int
        let text: String
        let logprob: Float?
        let alternatives: [Candidate]?
    }

    struct Candidate: Encodable {
        let id: Int
        let text: String
        let logprob: Float
    }

    struct Usage: Encodable {
        let promptTokens: Int
        let cachedTokens: Int
        let generatedTokens: Int
        let promptSeconds: Double
        let generationSeconds: Double
    }

    let text: String
    let tokens: [Token]
    let finishReason: String
    let usage: Usage
    let plan: ModelPlan

    init(
        text: String, tokens: [GeneratedToken], reason: FinishReason, usage: GenerationUsage,
        plan: ModelPlan
    ) {
        self.text = text
        self.tokens = tokens.map { token in
            Token(
                id: token.token, text: token.text, logprob: token.logprob,
                alternatives: token.logprob.map { _ in
                    token.alternatives.map {
                        Candidate(id: $0.token, text: $0.text, logprob: $0.logprob)
                    }
                })
        }
        finishReason = reason.rawValue
        self.usage = Usage(
            promptTokens: usage.promptTokens, cachedTokens: usage.cachedTokens,
            generatedTokens: usage.generatedTokens,
            promptSeconds: usage.promptSeconds, generationSeconds: usage.generationSeconds)
        self.plan = plan
    }
}
