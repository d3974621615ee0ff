import Bora

/// Prints the events of one answer: its text as it comes, or one JSON object at the end.
struct RunAnswer: Sendable {
    /// What came of the events.
    struct Result: Sendable {
        var text = ""
        var tokens: [GeneratedToken] = []
        /// nil when the answer was cut off before it could end.
        var end: End?
    }

    struct End: Sendable {
        let reason: FinishReason
        let usage: GenerationUsage
    }

    let plan: ModelPlan
    let messages: MessageArguments
    let printsJSON: Bool

    /// Cancelling the task that it runs in ends the answer as it is.
    func print(_ events: AsyncThrowingStream<GenerationEvent, any Error>) async throws -> Result {
        var result = Result()
        for try await event in events {
            switch event {
            case .token(let token):
                result.tokens.append(token)
                result.text += token.text
                try printPiece(token.text)
                printCandidates(token)
            case .rest(let rest):
                result.text += rest
                try printPiece(rest)
            case .finished(let reason, let usage):
                result.end = End(reason: reason, usage: usage)
            }
        }
        if printsJSON, let end = result.end {
            let document = RunDocument(
                text: result.text, tokens: result.tokens, reason: end.reason, usage: end.usage,
                plan: plan)
            try Descriptor.standardOutput.write(JSONText.of(document) + "\n")
        } else if !result.text.hasSuffix("\n") {
            try printPiece("\n")
        }
        return result
    }

    /// Says what the answer took, and whether memory cut it.
    func report(_ end: End) {
        messages.note("\n" + speeds(end.usage))
        if end.reason == .outOfMemory {
            messages.note("The answer is cut: memory does not hold a longer KV cache.")
        }
    }

    private func printPiece(_ piece: String) throws {
        if !printsJSON, !piece.isEmpty { try Descriptor.standardOutput.write(piece) }
    }

    /// Log probabilities are facts about the answer, and stand beside it.
    private func printCandidates(_ token: GeneratedToken) {
        guard !printsJSON, let logprob = token.logprob else { return }
        let candidates = token.alternatives.map { candidate in
            "\(candidate.text.debugDescription) \(Double(candidate.logprob).fixed(3))"
        }
        let list = candidates.isEmpty ? "" : ": " + candidates.joined(separator: ", ")
        Descriptor.standardError.print("[\(token.token) \(Double(logprob).fixed(3))\(list)]")
    }

    private func speeds(_ usage: GenerationUsage) -> String {
        func line(_ name: String, _ tokens: String, _ steps: Int, _ seconds: Double) -> String {
            let speed = seconds > 0 ? (Double(steps) / seconds).fixed(1) : "-"
            return "\(name): \(tokens), \(speed) tokens/s"
        }
        let cached = usage.cachedTokens > 0 ? " (\(usage.cachedTokens) cached)" : ""
        let computed = usage.promptTokens - usage.cachedTokens
        // The first token comes out of the prompt's last step.
        let steps = max(0, usage.generatedTokens - 1)
        return [
            line(
                "Prompt", "\(usage.promptTokens) tokens\(cached)", computed, usage.promptSeconds),
            line("Answer", "\(usage.generatedTokens) tokens", steps, usage.generationSeconds),
        ].joined(separator: "\n")
    }
}
