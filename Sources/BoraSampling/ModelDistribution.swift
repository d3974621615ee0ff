import Glibc

/// What is kept of the model's own distribution to report log probabilities from.
struct ModelDistribution {
    private let foremost: [Candidate]
    /// The logarithm of the sum of the exponentials of all logits.
    private let logTotal: Double

    init(_ logits: Span<Float>, top: Int) {
        let first = logits.foremost(max(top, 1))
        foremost = Array(first.prefix(top))
        let maximum = Double(first[0].logit)
        logTotal = maximum + log(logits.total(maximum: maximum, temperature: 1))
    }

    func logprobs(choosing logit: Float) -> TokenLogprobs {
        TokenLogprobs(
            chosen: logprob(logit),
            top: foremost.map { .init(token: $0.token, logprob: logprob($0.logit)) })
    }

    private func logprob(_ logit: Float) -> Float { Float(Double(logit) - logTotal) }
}
