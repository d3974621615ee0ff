import BoraCore

/// Chooses the tokens of one sequence. A value: a copy, or one made anew from the same tokens,
/// goes on exactly as the original would.
///
/// Logits pass through penalties, temperature, top-k, top-p and min-p, in this order, which is
/// that of `transformers` (`GenerationMixin._get_logits_processor`). Each filter sees the
/// distribution the one before it left. Equal logits rank by token id.
package struct Sampler: Sendable {
    package let parameters: SamplingParameters
    private let draws: DrawSequence
    private var promptTokens: Set<Int32> = []
    private var answerCounts: [Int32: Int] = [:]
    private var answerLength = 0

    /// - Parameters:
    ///   - prompt: the tokens of the prompt, which the repetition penalty counts.
    ///   - answer: tokens generated so far, when a sequence is taken up again.
    package init(
        _ parameters: SamplingParameters, prompt: some Sequence<Int32> = [],
        answer: some Sequence<Int32> = []
    ) throws(SamplingError) {
        try parameters.validate()
        self.parameters = parameters
        draws = DrawSequence(seed: parameters.seed)
        if parameters.repetitionPenalty != 1 { promptTokens = Set(prompt) }
        for token in answer { accept(token) }
    }

    /// Appends a token to the answer: penalties count it, and the next draw is the next number.
    package mutating func accept(_ token: Int32) {
        answerLength += 1
        answerCounts[token, default: 0] += 1
    }

    /// Chooses the answer's next token. Call `accept` with the token that is kept.
    ///
    /// - Parameter logits: one per token of the vocabulary; penalties are applied in place.
    package func sample(_ logits: inout MutableSpan<Float>) throws(SamplingError) -> Sample {
        try check(logits.span)
        let model = parameters.logprobs.map { ModelDistribution(logits.span, top: $0) }
        let originals = penalize(&logits)
        let token = choose(logits.span)
        let original = originals[token] ?? logits[Int(token)]
        return Sample(token: token, logprobs: model?.logprobs(choosing: original))
    }

    private func check(_ logits: Span<Float>) throws(SamplingError) {
        var maximum = -Float.infinity
        for index in logits.indices {
            // False for NaN and for plus infinity.
            guard logits[index] < .infinity else {
                throw SamplingError(
                    .invalidLogit(token: Int32(index), value: logits[index]))
            }
            maximum = max(maximum, logits[index])
        }
        guard maximum > -.infinity else { throw SamplingError(.noCandidates) }
    }

    /// Applies the penalties; returns what the logits it changed were before.
    private func penalize(_ logits: inout MutableSpan<Float>) -> [Int32: Float] {
        var originals: [Int32: Float] = [:]
        let (presence, frequency) = (parameters.presencePenalty, parameters.frequencyPenalty)
        let repetition = parameters.repetitionPenalty
        guard repetition != 1 || presence != 0 || frequency != 0 else { return originals }
        for token in promptTokens.union(answerCounts.keys)
        where logits.indices.contains(Int(token)) {
            let original = logits[Int(token)]
            guard original > -.infinity else { continue }
            originals[token] = original
            var logit = original < 0 ? original * repetition : original / repetition
            if let count = answerCounts[token] {
                logit -= presence + frequency * Float(count)
            }
            let limit = Float.greatestFiniteMagnitude
            logits[Int(token)] = min(max(logit, -limit), limit)
        }
        return originals
    }

    private func choose(_ logits: Span<Float>) -> Int32 {
        if parameters.isGreedy { return logits.foremost(1)[0].token }
        let draw = draws[answerLength]
        return Nucleus(logits, parameters)?.draw(draw)
            ?? logits.draw(draw, temperature: Double(parameters.temperature))
    }
}
