import BoraCore
import BoraSampling
import Glibc
import Testing

/// What the filters leave, written out from their definitions on a full sort, without regard to
/// speed: token to probability.
private func reference(_ logits: [Float], _ parameters: SamplingParameters) -> [Int32: Double] {
    var ranked = logits.indices.sorted {
        logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1
    }
    if parameters.topK > 0 { ranked = Array(ranked.prefix(parameters.topK)) }
    func probabilities() -> [Double] {
        let weights = ranked.map {
            exp(Double(logits[$0] - logits[ranked[0]]) / Double(parameters.temperature))
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
    var kept = probabilities()
    var before = 0.0
    var inside = 0
    for probability in kept where before < Double(parameters.topP) {
        before += probability
        inside += 1
    }
    ranked = Array(ranked.prefix(inside))
    kept = probabilities()
    ranked = zip(ranked, kept).filter { $1 >= Double(parameters.minP) * kept[0] }.map(\.0)
    return Dictionary(
        uniqueKeysWithValues: zip(ranked.map { Int32($0) }, probabilities()))
}

@Suite struct DistributionTests {
    private static let cases: [SamplingParameters] = [
        parameters { _ in },
        parameters { $0.temperature = 0.5 },
        parameters { $0.temperature = 3 },
        parameters { $0.topK = 5 },
        parameters { $0.topP = 0.8 },
        parameters { $0.minP = 0.2 },
        parameters {
            $0.topP = 0.95
            $0.minP = 0.05
        },
        parameters {
            $0.topK = 12
            $0.topP = 0.9
            $0.temperature = 0.7
            $0.minP = 0.02
        },
    ]

    /// Pearson's chi-square over 20,000 draws. With k tokens it has k - 1 degrees of freedom,
    /// mean k - 1 and variance 2 (k - 1); five deviations above the mean is beyond chance.
    @Test(arguments: cases) func drawsFollowTheFilteredDistribution(
        _ parameters: SamplingParameters
    ) throws {
        let logits: [Float] = (0..<30).map { Float(sin(Double($0) * 1.7) * 2) }
        let expected = reference(logits, parameters)
        let draws = 20_000
        var counts: [Int32: Int] = [:]
        for seed in 0..<draws {
            var seeded = parameters
            seeded.seed = UInt64(seed)
            counts[try sample(logits, seeded).token, default: 0] += 1
        }
        #expect(Set(counts.keys).isSubset(of: expected.keys))
        var statistic = 0.0
        for (token, probability) in expected {
            let mean = probability * Double(draws)
            let difference = Double(counts[token] ?? 0) - mean
            statistic += difference * difference / mean
        }
        let freedom = Double(expected.count - 1)
        #expect(statistic < freedom + 5 * (2 * freedom).squareRoot(), "\(parameters)")
    }

    @Test func successiveDrawsAreUniformToo() {
        let draws = DrawSequence(seed: 1)
        var counts = [Int](repeating: 0, count: 100)
        for n in 0..<100_000 { counts[Int(draws[n] * 100)] += 1 }
        let statistic = counts.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
        #expect(statistic < 99 + 5 * 198.0.squareRoot())
        #expect(DrawSequence(seed: 1)[5] == draws[5])
        #expect(DrawSequence(seed: 2)[5] != draws[5])
    }

    /// A nucleus found by thresholds and heaps is the one found by sorting everything.
    @Test func nucleiMatchTheReferenceOnRandomLogits() {
        for seed in UInt64(0)..<300 {
            let random = DrawSequence(seed: seed)
            let count = 1 + Int(random[0] * 500)
            let coarse = random[1] < 0.3  // many equal logits
            let logits: [Float] = (0..<count).map { index in
                let logit = Float(random[10 + index] * 30 - 15)
                return coarse ? logit.rounded() : logit
            }
            let parameters = parameters {
                $0.temperature = Float(0.1 + random[2] * 2)
                $0.topK = random[3] < 0.5 ? 0 : Int(random[4] * 40)
                $0.topP = random[5] < 0.3 ? 1 : Float(0.01 + random[6] * 0.98)
                $0.minP = random[7] < 0.5 ? 0 : Float(random[8] * 0.3)
            }
            guard let nucleus = Nucleus(logits.span, parameters) else { continue }
            let expected = reference(logits, parameters)
            let actual = Dictionary(
                uniqueKeysWithValues: nucleus.probabilities.map { ($0.token, $0.probability) })
            #expect(Set(actual.keys) == Set(expected.keys), "seed \(seed): \(parameters)")
            for (token, probability) in expected {
                let difference = abs((actual[token] ?? 0) - probability)
                #expect(difference < 1e-6, "seed \(seed), token \(token)")
            }
        }
    }
}
