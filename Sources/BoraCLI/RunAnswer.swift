import Bora

/// Prints the events of one answer: its text as it comes, or one JSON object at the end.
struct RunAnswer: Sendable {
    let plan: ModelPlan
    let messages: MessageArguments
    let printsJSON: Bool

    /// - Throws: `CancellationError` when Ctrl-C ended the answer.
    func print(_ events: AsyncThrowingStream<GenerationEvent, any Error>) async throws {
        var text = ""
        var tokens: [GeneratedToken] = []
        var end: (reason: FinishReason, usage: GenerationUsage)?
        for try await event in events {
            switch event {
            case .token(let token):
                tokens.append(token)
                text += token.text
                try printPiece(token.text)
                printCandidates(token)
            case .rest(let rest):
                text += rest
                try printPiece(rest)
            case .finished(let reason, let usage):
                end = (reason, usage)
            }
        }
        if printsJSON, let end {
            let document = RunDocument(
                text: text, tokens: tokens, reason: end.reason, usage: end.usage, plan: plan)
            try Descriptor.standardOutput.write(JSONText.of(document) + "\n")
        } else if !text.hasSuffix("\n") {
            try printPiece("\n")
        }
        guard let end, end.reason != .cancelled else { throw CancellationError() }
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
        func line(_ name: String, _ tokens: Int, _ steps: Int, _ seconds: Double) -> String {
            let speed = seconds > 0 ? (Double(steps) / seconds).fixed(1) : "-"
            return "\(name): \(tokens) tokens, \(speed) tokens/s"
        }
        // The first token comes out of the prompt's last step.
        let steps = max(0, usage.generatedTokens - 1)
        return [
            line("Prompt", usage.promptTokens, usage.promptTokens, usage.promptSeconds),
            line("Answer", usage.generatedTokens, steps, usage.generationSeconds),
        ].joined(separator: "\n")
    }
}
