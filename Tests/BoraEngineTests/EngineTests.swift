import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraEngine
import BoraSampling
import BoraScheduling
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineTests {
    private let prompt: [Int32] = (0..<37).map { $0 % 40 }

    private func generation(
        _ tokens: [Int32], _ parameters: SamplingParameters = .greedy, maxTokens: Int = 20,
        stopTokens: Set<Int32> = [], eventCapacity: Int = 64
    ) -> EngineRequest {
        EngineRequest(
            tokens: tokens,
            task: .generate(parameters, maxTokens: maxTokens, stopTokens: stopTokens),
            eventCapacity: eventCapacity)
    }

    @Test func continuesAPrompt() async throws {
        let engine = try Engine(HashModel())
        let answer = try await engine.submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20))
        #expect(answer.reason == .length)
        #expect(answer.usage?.promptTokens == 37 && answer.usage?.generatedTokens == 20)
    }

    @Test func stopsAtAStopToken() async throws {
        let engine = try Engine(HashModel())
        let expected = continuation(of: prompt, 20)
        let end = expected.firstIndex(of: expected[12])!
        let answer = try await engine.submit(
            generation(prompt, stopTokens: [expected[12]])
        ).answer()
        #expect(answer.tokens == Array(expected[..<end]))
        #expect(answer.reason == .stop && answer.usage?.generatedTokens == end + 1)
    }

    /// Alone, in a crowd, in small chunks, under preemption, after growth: always the same.
    @Test(arguments: [
        HashModel(),
        HashModel(limits: StepLimits(chunkTokens: 1, maxRows: 1, maxTokens: 1)),
        HashModel(limits: StepLimits(chunkTokens: 3, maxRows: 8, maxTokens: 10)),
        HashModel(pools: [BlockPool(blockTokens: 4, count: 16)]),
        HashModel(pools: [BlockPool(blockTokens: 4, count: 1)], growthLimit: 50),
        HashModel(pools: [
            BlockPool(blockTokens: 4, count: 20), BlockPool(blockTokens: 4, window: 9, count: 14),
        ]),
        HashModel(
            limits: StepLimits(chunkTokens: 3, maxRows: 8, maxTokens: 10),
            pools: [
                BlockPool(blockTokens: 4, count: 18),
                BlockPool(blockTokens: 4, window: 9, count: 14),
            ], depth: 3),
        HashModel(pools: [BlockPool(blockTokens: 4, count: 1)], depth: 4, growthLimit: 50),
    ])
    func theCompanyChangesNothing(model: HashModel) async throws {
        let engine = try Engine(model)
        var parameters = SamplingParameters()
        parameters.seed = 11
        parameters.repetitionPenalty = 1.2
        let alone = try await Engine(HashModel()).submit(generation(prompt, parameters)).answer()
        let prompts: [[Int32]] = (0..<7).map { Array(prompt.dropFirst($0 * 5 + 1)) }
        let others = try prompts.map { try engine.submit(generation($0)) }
        let one = try engine.submit(generation(prompt, parameters))
        #expect(try await one.answer().tokens == alone.tokens)
        for (prompt, other) in zip(prompts, others) {
            #expect(try await other.answer().tokens == continuation(of: prompt, 20))
        }
    }

    @Test func growsTheCacheWhereItMay() async throws {
        let model = HashModel(pools: [BlockPool(blockTokens: 4, count: 1)], growthLimit: 15)
        let answer = try await Engine(model).submit(generation(prompt, maxTokens: 100)).answer()
        #expect(answer.reason == .outOfKV && answer.tokens.count == 15 * 4 - prompt.count + 1)
        #expect(model.growths > 1)
    }

    @Test func aRequestUsesWhatAnEarlierOneComputed() async throws {
        let model = HashModel()
        let engine = try Engine(model)
        let first = try await engine.submit(generation(prompt)).answer()
        #expect(first.usage?.cachedTokens == 0)
        // The next turn of a chat: the prompt, the answer, and a word more.
        let turn = prompt + first.tokens + [3]
        let second = try await engine.submit(generation(turn)).answer()
        #expect(second.tokens == continuation(of: turn, 20))
        // 37 + 20 tokens, the last of them never computed: 14 full blocks of 4.
        #expect(second.usage?.promptTokens == 58 && second.usage?.cachedTokens == 56)
        // The first prompt again has to compute its last token, in its last block.
        let again = try await engine.submit(generation(prompt)).answer()
        #expect(again.tokens == first.tokens)
        #expect(again.usage?.cachedTokens == 36)
    }

    @Test func whatAFailedStepComputedIsNotUsed() async throws {
        let model = HashModel { if $0 == 1 { throw HashModel.Failure() } }
        let engine = try Engine(model)
        let failing = try engine.submit(generation(prompt))
        await #expect(throws: HashModel.Failure.self) { try await failing.answer() }
        let answer = try await engine.submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20))
        #expect(answer.usage?.cachedTokens == 0)
    }

    /// A cache of 16 tokens for a sequence of 57: what lies before the window is let go of.
    @Test func aWindowBoundsTheCache() async throws {
        let model = HashModel(
            limits: StepLimits(chunkTokens: 4, maxRows: 8, maxTokens: 11),
            pools: [BlockPool(blockTokens: 4, window: 9, count: 4)])
        let answer = try await Engine(model).submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20, sight: 9))
        #expect(answer.reason == .length)
    }

    @Test func yieldsTheLogitsOfEveryToken() async throws {
        let model = HashModel(
            limits: StepLimits(chunkTokens: 8, maxRows: 8, maxTokens: 15),
            pools: [BlockPool(blockTokens: 4, count: 10)])
        let engine = try Engine(model)
        let request = EngineRequest(tokens: prompt, task: .logits, eventCapacity: 1)
        let answer = try await engine.submit(request).answer()
        let expected = (1...prompt.count).flatMap { HashModel.logits(after: Array(prompt[..<$0])) }
        #expect(answer.logits == expected)
        #expect(answer.reason == .length && answer.usage?.generatedTokens == 0)
        #expect(model.steps == [[8], [8], [8], [8], [5]])
    }

    @Test func aCancelledRequestIsInNoLaterStep() async throws {
        let gate = Gate(open: 3)
        let model = HashModel { gate.pass($0) }
        let engine = try Engine(model)
        let stream = try engine.submit(generation([1, 2, 3], maxTokens: 1000))
        gate.awaitArrival(of: 4)
        stream.cancel()
        gate.open()
        #expect(try await stream.answer().reason == .cancelled)
        #expect(model.steps.count == 4)
        let answer = try await engine.submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20))
    }

    @Test func cancellingTheReaderCancelsTheRequest() async throws {
        let engine = try Engine(HashModel())
        let stream = try engine.submit(generation([1], maxTokens: 1_000_000, eventCapacity: 2))
        let reader = Task { try await stream.answer() }
        reader.cancel()
        #expect(try await reader.value.reason == .cancelled)
    }

    @Test func lettingGoOfTheStreamCancelsTheRequest() async throws {
        let model = HashModel()
        let engine = try Engine(model)
        _ = try engine.submit(generation([1], maxTokens: 1_000_000, eventCapacity: 1_000_000))
        let answer = try await engine.submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20))
        #expect(model.steps.count < 100_000)
    }

    @Test func aSlowReaderPausesItsOwnRequestAlone() async throws {
        let model = HashModel()
        let engine = try Engine(model)
        let slow = try engine.submit(generation([1], maxTokens: 50, eventCapacity: 4))
        let quick = try engine.submit(generation([2], maxTokens: 200))
        #expect(try await quick.answer().tokens == continuation(of: [2], 200))
        #expect(model.steps.filter { $0.count == 2 }.count <= 4)
        #expect(try await slow.answer().tokens == continuation(of: [1], 50))
    }

    @Test func aFailedStepFailsItsRequestsAndNoOthers() async throws {
        let model = HashModel { if $0 == 5 { throw HashModel.Failure() } }
        let engine = try Engine(model)
        let failing = try engine.submit(generation([1]))
        await #expect(throws: HashModel.Failure.self) { try await failing.answer() }
        let answer = try await engine.submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20))
    }

    /// Steps under way end with the one that fails, and their requests begin again: all but those
    /// of the failed step, or all of them where the device is what failed.
    @Test(arguments: [1, 2, 3], [2, 7, 19])
    func whatALostDeviceInterruptedIsDoneAllTheSame(depth: Int, failing: Int) async throws {
        let model = HashModel(
            limits: StepLimits(chunkTokens: 4, maxRows: 8, maxTokens: 11), depth: depth,
            recovers: true
        ) {
            if $0 == failing { throw DeviceError(.lost(reason: "test"), on: .gpu(0)) }
        }
        let engine = try Engine(model)
        let prompts: [[Int32]] = (0..<5).map { Array(prompt.dropFirst($0 * 6)) }
        let streams = try prompts.map { try engine.submit(generation($0)) }
        for (prompt, stream) in zip(prompts, streams) {
            #expect(try await stream.answer().tokens == continuation(of: prompt, 20))
        }
        #expect(model.recoveries == 1)
    }

    @Test func aPromptThatBeginsAgainOnAnotherDeviceHasNothingCached() async throws {
        let fails = Condition(false)
        let model = HashModel(recovers: true) { _ in
            let failsNow = fails.update { fails in
                defer { fails = false }
                return fails
            }
            if failsNow { throw DeviceError(.lost(reason: "test"), on: .gpu(0)) }
        }
        let engine = try Engine(model)
        _ = try await engine.submit(generation(prompt)).answer()
        fails.update { $0 = true }
        let again = try await engine.submit(generation(prompt)).answer()
        #expect(again.tokens == continuation(of: prompt, 20))
        #expect(model.recoveries == 1 && again.usage?.cachedTokens == 0)
    }

    @Test func withoutAnotherDeviceEveryRequestFailsAndTheEngineGoesOn() async throws {
        let error = DeviceError(.lost(reason: "test"), on: .gpu(0))
        let gate = Gate(open: 0)
        let model = HashModel(depth: 2) {
            gate.pass($0)
            if $0 == 3 { throw error }
        }
        let engine = try Engine(model)
        let streams = try (0..<3).map {
            try engine.submit(generation(Array(prompt.suffix(9 + $0))))
        }
        gate.open()
        for stream in streams {
            let thrown = await #expect(throws: DeviceError.self) { try await stream.answer() }
            #expect(thrown?.code == error.code)
        }
        let answer = try await engine.submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20))
    }

    @Test func chunksOfOnePromptAreUnderWayTogether() async throws {
        let model = HashModel(
            limits: StepLimits(chunkTokens: 4, maxRows: 8, maxTokens: 11), depth: 3)
        let engine = try Engine(model)
        let answer = try await engine.submit(generation(prompt)).answer()
        #expect(answer.tokens == continuation(of: prompt, 20))
        // The prompt's ten chunks, then one token at a time.
        #expect(model.steps.prefix(10).map { $0[0] } == [4, 4, 4, 4, 4, 4, 4, 4, 4, 1])
        #expect(model.steps.count == 29)
    }

    @Test func whatNoCacheCanHoldEndsWithAReason() async throws {
        let model = HashModel(pools: [BlockPool(blockTokens: 4, count: 2)])
        let engine = try Engine(model)
        let answer = try await engine.submit(generation([5, 6, 7])).answer()
        #expect(answer.reason == .outOfKV)
        #expect(answer.tokens == continuation(of: [5, 6, 7], 6))
        #expect(try await engine.submit(generation(prompt)).answer().reason == .outOfKV)
    }

    @Test func impossibleRequestsAreRefused() async throws {
        let engine = try Engine(HashModel())
        #expect(throws: EngineError(.noTokens)) { try engine.submit(generation([])) }
        #expect(throws: EngineError(.tokenOutOfRange(40, vocabularySize: 40))) {
            try engine.submit(generation([1, 40]))
        }
        #expect(throws: EngineError(.tokenOutOfRange(-1, vocabularySize: 40))) {
            try engine.submit(generation([-1]))
        }
        #expect(throws: EngineError(.nothingToGenerate(0))) {
            try engine.submit(generation([1], maxTokens: 0))
        }
        var parameters = SamplingParameters()
        parameters.topP = 2
        #expect(throws: SamplingError.self) { try engine.submit(generation([1], parameters)) }
    }

    @Test func shuttingDownEndsWhatIsUnderWay() async throws {
        let engine = try Engine(HashModel())
        let stream = try engine.submit(generation([1], maxTokens: 1_000_000, eventCapacity: 8))
        engine.shutdown()
        await #expect(throws: EngineError(.stopped)) { try await stream.answer() }
        #expect(throws: EngineError(.stopped)) { try engine.submit(generation([1])) }
    }
}
