import BoraSampling

/// Tokens to be continued, or to be scored.
package struct EngineRequest: Sendable {
    package enum Task: Sendable {
        /// Sample up to `maxTokens` tokens, and stop early at one of `stopTokens`.
        case generate(SamplingParameters, maxTokens: Int, stopTokens: Set<Int32>)
        /// The logits of every token.
        case logits

        /// How tokens are chosen, where any are.
        var sampling: SamplingParameters {
            if case .generate(let parameters, _, _) = self { parameters } else { .greedy }
        }
    }

    package var tokens: [Int32]
    package var task: Task

    /// Events that may wait for their reader before the request is paused.
    package var eventCapacity: Int

    package init(tokens: [Int32], task: Task, eventCapacity: Int = 64) {
        self.tokens = tokens
        self.task = task
        self.eventCapacity = eventCapacity
    }

    func validate(vocabularySize: Int) throws {
        guard !tokens.isEmpty else { throw EngineError(.noTokens) }
        if let token = tokens.first(where: { !(0..<vocabularySize).contains(Int($0)) }) {
            throw EngineError(.tokenOutOfRange(token, vocabularySize: vocabularySize))
        }
        try task.sampling.validate()
        if case .generate(_, let maxTokens, _) = task, maxTokens < 1 {
            throw EngineError(.nothingToGenerate(maxTokens))
        }
    }
}
