import Glibc

/// The tokens that may be drawn when filters leave only the most likely ones.
package struct Nucleus {
    /// In order, most likely first; never empty.
    private var candidates: [Candidate]
    /// Each candidate's probability relative to the first one's.
    private var weights: [Double]
    /// The sum of the weights of the distribution that top-p cuts, of which `candidates` may be
    /// the front part only.
    private let total: Double

    /// What top-k, then top-p, then min-p leave of the distribution at the given temperature, which
    /// is not 0; `nil` when none of them is on.
    package init?(_ logits: Span<Float>, _ parameters: SamplingParameters) {
        let temperature = Double(parameters.temperature)
        let (topP, minP) = (Double(parameters.topP), Double(parameters.minP))
        if parameters.topK > 0, parameters.topK < logits.count {
            self.init(logits.foremost(parameters.topK), temperature: temperature)
        } else if topP < 1 || minP > 0 {
            self.init(logits, topP: topP, minP: minP, temperature: temperature)
        } else {
            return nil
        }
        cut(topP: topP, minP: minP)
    }

    /// The distribution over these candidates alone.
    private init(_ candidates: [Candidate], temperature: Double) {
        self.candidates = candidates
        weights = candidates.weights(temperature: temperature)
        total = weights.reduce(0, +)
    }

    /// The distribution over all logits; keeps the candidates that can pass `topP` and `minP`.
    ///
    /// Few tokens hold nearly all of the mass, so those above a threshold are sorted instead of
    /// all; the threshold falls until nothing below it can pass.
    private init(_ logits: Span<Float>, topP: Double, minP: Double, temperature: Double) {
        let maximum = Double(logits.foremost(1)[0].logit)
        total = logits.total(maximum: maximum, temperature: temperature)
        var depth = 6.0  // probabilities from e^-6 = 1/400 of the most likely token's
        while true {
            candidates = logits.candidates(atLeast: Float(maximum - depth * temperature))
            weights = candidates.weights(temperature: temperature)
            let isDeepEnough = depth > -log(minP) || depth > 750  // e^-750 is 0 in a double
            if isDeepEnough || weights.reduce(0, +) >= topP * total { return }
            depth *= 2
        }
    }

    /// Both filters keep a front part of the order.
    private mutating func cut(topP: Double, minP: Double) {
        let leastWeight = max(minP, .leastNonzeroMagnitude)
        var kept = 0
        var mass = 0.0
        while kept < weights.count, mass < topP * total, weights[kept] >= leastWeight {
            mass += weights[kept]
            kept += 1
        }
        candidates.removeSubrange(kept...)
        weights.removeSubrange(kept...)
    }

    /// The candidate in which `position`, from 0 ..< 1, falls when they lie side by side, each as
    /// wide as its probability.
    package func draw(_ position: Double) -> Int32 {
        var remaining = position * weights.reduce(0, +)
        for (candidate, weight) in zip(candidates, weights) {
            remaining -= weight
            if remaining < 0 { return candidate.token }
        }
        return candidates[candidates.count - 1].token  // rounding left a remainder
    }

    /// The tokens that may be drawn and their probabilities, most likely first.
    package var probabilities: [(token: Int32, probability: Double)] {
        let mass = weights.reduce(0, +)
        return zip(candidates, weights).map { ($0.token, $1 / mass) }
    }
}

extension [Candidate] {
    fileprivate func weights(temperature: Double) -> [Double] {
        guard let maximum = first.map({ Double($0.logit) }) else { return [] }
        return map { exp((Double($0.logit) - maximum) / temperature) }
    }
}

extension Span<Float> {
    /// The sum of all tokens' probabilities relative to that of a token with logit `maximum`.
    func total(maximum: Double, temperature: Double) -> Double {
        var total = 0.0
        for index in indices { total += exp((Double(self[index]) - maximum) / temperature) }
        return total
    }

    /// Draws from the whole distribution, in the order of the tokens: nothing is sorted.
    func draw(_ position: Double, temperature: Double) -> Int32 {
        let best = foremost(1)[0]
        let maximum = Double(best.logit)
        var remaining = position * total(maximum: maximum, temperature: temperature)
        for index in indices {
            remaining -= exp((Double(self[index]) - maximum) / temperature)
            if remaining < 0 { return Int32(index) }
        }
        return best.token  // rounding left a remainder
    }
}
