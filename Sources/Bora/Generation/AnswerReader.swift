import BoraEngine
import BoraSampling
import BoraTokenizers

/// Turns one request's token events into text, and ends it at a stop text.
actor AnswerReader {
    private let stream: TokenStream
    private let tokenizer: Tokenizer
    private var detokenizer: StreamingDetokenizer
    private var matcher: StopMatcher
    /// Set once the end is known: the event to give out last.
    private var ending: GenerationEvent?
    private var isDone = false

    init(_ stream: TokenStream, tokenizer: Tokenizer, stop: [String]) {
        self.stream = stream
        self.tokenizer = tokenizer
        detokenizer = StreamingDetokenizer(tokenizer)
        matcher = StopMatcher(stop)
    }

    /// The next event; nil after `.finished`.
    func next() async throws -> GenerationEvent? {
        if let ending {
            self.ending = nil
            isDone = true
            return ending
        }
        guard !isDone else { return nil }
        while let event = try await stream.next() {
            switch event {
            case .token(let sample):
                let text = matcher.append(detokenizer.append(sample.token))
                if matcher.isComplete {
                    ending = .finished(.stop, try await usageAfterStopping())
                }
                return .token(token(sample, text: text))
            case .finished(let reason, let usage):
                return finish(reason, GenerationUsage(usage))
            case .logits: break
            }
        }
        return nil
    }

    /// What was held back comes out before the end.
    private func finish(
        _ reason: BoraEngine.FinishReason, _ usage: GenerationUsage
    ) -> GenerationEvent {
        let end = GenerationEvent.finished(FinishReason(reason), usage)
        let rest = matcher.append(detokenizer.finish()) + matcher.finish()
        guard !rest.isEmpty else {
            isDone = true
            return end
        }
        ending = end
        return .rest(rest)
    }

    private func usageAfterStopping() async throws -> GenerationUsage {
        stream.cancel()
        while let event = try await stream.next() {
            if case .finished(_, let usage) = event { return GenerationUsage(usage) }
        }
        return GenerationUsage(
            promptTokens: 0, cachedTokens: 0, generatedTokens: 0, promptSeconds: 0,
            generationSeconds: 0)
    }

    private func token(_ sample: Sample, text: String) -> GeneratedToken {
        GeneratedToken(
            token: Int(sample.token), text: text, logprob: sample.logprobs?.chosen,
            alternatives: (sample.logprobs?.top ?? []).map { entry in
                GeneratedToken.Alternative(
                    token: Int(entry.token), text: tokenizer.piece(entry.token),
                    logprob: entry.logprob)
            })
    }
}

extension GenerationUsage {
    fileprivate init(_ usage: Usage) {
        self.init(
            promptTokens: usage.promptTokens, cachedTokens: usage.cachedTokens,
            generatedTokens: usage.generatedTokens,
            promptSeconds: usage.promptTime / .seconds(1),
            generationSeconds: usage.generateTime / .seconds(1))
    }
}

extension FinishReason {
    fileprivate init(_ reason: BoraEngine.FinishReason) {
        switch reason {
        case .stop: self = .stop
        case .length: self = .length
        case .cancelled: self = .cancelled
        case .outOfKV: self = .outOfMemory
        }
    }
}
