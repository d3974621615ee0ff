import BoraCore
import BoraSampling
import Testing

/// `logits` through a sampler of these parameters.
func sample(
    _ logits: [Float], _ parameters: SamplingParameters, prompt: [Int32] = [], answer: [Int32] = []
) throws -> Sample {
    var logits = logits
    var span = logits.mutableSpan
    return try Sampler(parameters, prompt: prompt, answer: answer).sample(&span)
}

func parameters(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
    var parameters = SamplingParameters()
    change(&parameters)
    return parameters
}

@Suite struct SamplerTests {
    @Test func greedyTakesTheFirstOfEqualLogits() throws {
        #expect(try sample([1, 3, 3, 2], .greedy).token == 1)
        #expect(try sample([-.infinity, -5, -.infinity], .greedy).token == 1)
        #expect(try sample([0, 0, 0], parameters { $0.topK = 1 }).token == 0)
    }

    @Test func drawsDependOnSeedAndPositionAlone() throws {
        let logits: [Float] = (0..<100).map { Float($0 % 7) }
        let seeded = parameters { $0.seed = 7 }
        var sampler = try Sampler(seeded, prompt: [1, 2])
        var answer: [Int32] = []
        for _ in 0..<50 {
            let resumed = try sample(logits, seeded, prompt: [1, 2], answer: answer)
            var copy = logits
            var span = copy.mutableSpan
            let token = try sampler.sample(&span).token
            #expect(token == resumed.token)
            sampler.accept(token)
            answer.append(token)
        }
        #expect(Set(answer).count > 10)
        let other = try (0..<50).map { length in
            try sample(
                logits, parameters { $0.seed = 8 }, answer: Array(answer.prefix(length))
            ).token
        }
        #expect(other != answer)
    }

    @Test func repetitionPenaltyCountsPromptAndAnswer() throws {
        let penalized = parameters {
            $0.temperature = 0
            $0.repetitionPenalty = 2
        }
        #expect(try sample([4, 3, 1], penalized).token == 0)
        #expect(try sample([4, 3, 1], penalized, prompt: [0]).token == 1)
        #expect(try sample([4, 3, 1], penalized, answer: [0, 0]).token == 1)
        // Negative logits are multiplied: -1 becomes -2.
        #expect(try sample([-1, -1.5], penalized, prompt: [0]).token == 1)
        // Tokens outside the vocabulary, as added ones can be, change nothing.
        #expect(try sample([4, 3], penalized, prompt: [-1, 2, 999]).token == 0)
    }

    @Test func presenceAndFrequencyPenaltiesCountTheAnswer() throws {
        let presence = parameters {
            $0.temperature = 0
            $0.presencePenalty = 1
        }
        #expect(try sample([4, 3.5], presence, prompt: [0]).token == 0)
        #expect(try sample([4, 3.5], presence, answer: [0]).token == 1)
        #expect(try sample([5, 3.5], presence, answer: [0, 0, 0]).token == 0)
        let frequency = parameters {
            $0.temperature = 0
            $0.frequencyPenalty = 1
        }
        #expect(try sample([5, 3.5], frequency, answer: [0]).token == 0)
        #expect(try sample([5, 3.5], frequency, answer: [0, 0]).token == 1)
    }

    @Test func penaltiesNeitherReviveMaskedTokensNorOverflow() throws {
        let harsh = parameters {
            $0.repetitionPenalty = 100
            $0.minP = 0.1
        }
        #expect(try sample([-.infinity, 1], harsh, prompt: [0]).token == 1)
        #expect(try sample([-3e38, -3e38], harsh, prompt: [0, 1]).token < 2)
        let mild = parameters { $0.repetitionPenalty = 0.01 }
        #expect(try sample([3e38, 3e38], mild, prompt: [0, 1]).token < 2)
    }

    @Test func logprobsAreTheModelsOwn() throws {
        let asked = parameters {
            $0.temperature = 0
            $0.repetitionPenalty = 2
            $0.logprobs = 2
        }
        // Probabilities 0.5, 0.3, 0.2; the penalty moves the choice, not what is reported.
        let logits: [Float] = [3 + 0, 3 - 0.5108256, 3 - 0.9162907]
        let logprobs = try #require(try sample(logits, asked, prompt: [0]).logprobs)
        #expect(abs(logprobs.chosen - -1.2039728) < 1e-6)
        #expect(logprobs.top.map(\.token) == [0, 1])
        #expect(abs(logprobs.top[0].logprob - -0.6931472) < 1e-6)
        #expect(try sample(logits, .greedy).logprobs == nil)
        #expect(
            try sample(logits, parameters { $0.logprobs = 0 }).logprobs?.top.isEmpty == true)
    }

    @Test func uselessLogitsAreErrors() {
        #expect(throws: SamplingError(.noCandidates)) { try sample([], .greedy) }
        #expect(throws: SamplingError(.noCandidates)) {
            try sample([-.infinity, -.infinity], SamplingParameters())
        }
        #expect(throws: SamplingError(.invalidLogit(token: 1, value: .infinity))) {
            try sample([0, .infinity], .greedy)
        }
        #expect(throws: SamplingError.self) { try sample([0, .nan], .greedy) }
    }

    @Test func parametersOutOfRangeAreNamed() {
        let changes: [(String, (inout SamplingParameters) -> Void)] = [
            ("temperature is -1.0", { $0.temperature = -1 }),
            ("temperature is nan", { $0.temperature = .nan }),
            ("top_k is -1", { $0.topK = -1 }),
            ("top_p is 0.0", { $0.topP = 0 }),
            ("top_p is 1.5", { $0.topP = 1.5 }),
            ("min_p is 2.0", { $0.minP = 2 }),
            ("repetition_penalty is 0.0", { $0.repetitionPenalty = 0 }),
            ("presence_penalty is 3.0", { $0.presencePenalty = 3 }),
            ("frequency_penalty is -3.0", { $0.frequencyPenalty = -3 }),
            ("logprobs is 21", { $0.logprobs = 21 }),
        ]
        for (words, change) in changes {
            let error = #expect(throws: SamplingError.self) {
                try parameters(change).validate()
            }
            #expect(error?.description.hasPrefix(words + "; it must be ") == true, "\(words)")
            #expect(error?.category == .invalidInput)
        }
        #expect(throws: Never.self) { try SamplingParameters().validate() }
        #expect(throws: Never.self) { try SamplingParameters.greedy.validate() }
    }
}
