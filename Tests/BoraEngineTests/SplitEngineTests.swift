import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraEngine
import BoraLoading
import BoraModels
import BoraSampling
import ModelSupport
import Testing

/// The engine on a split model: the same tokens as on one device, whatever happens on the way.
@Suite(.timeLimit(.minutes(5))) struct SplitEngineTests {
    private let model: Model
    /// What the whole model takes.
    private let bytes: Int

    init() throws {
        // Layers with and without a window.
        model = try SmallModel("qwen3-window").read()
        bytes = try StandInMachine(gpus: 1).plan(model, Self.policy()).bills[0].total
    }

    private static func policy(length: Int = 96, batch: Int = 4) -> MappingPolicy {
        var policy = MappingPolicy()
        policy.maxSequenceLength = length
        policy.maxBatchSize = batch
        policy.chunkTokens = 8
        policy.reserveBytes = 0
        return policy
    }

    /// A machine on which the model lies on all devices.
    private func machine(_ fault: FaultyDevice.Fault = .never()) -> StandInMachine {
        let part = bytes * 45 / 100
        return StandInMachine(
            [[.gpu(0): part, .gpu(1): part, .cpu: 2 * bytes]], fault: fault)
    }

    private func load(
        _ machine: StandInMachine, _ policy: MappingPolicy = policy(),
        _ notices: Notices = Notices()
    ) throws -> RecoverableModel {
        try RecoverableModel(
            model, map: machine.plan(model, policy), policy: policy, on: machine,
            notice: notices.add)
    }

    private static let prompts: [[Int32]] = [41, 70, 9, 1, 64, 33].enumerated().map {
        index, count in
        (0..<count).map { Int32(($0 * 31 + index * 7) % 97) }
    }

    private static func request(_ index: Int, maxTokens: Int = 20) -> EngineRequest {
        var parameters = SamplingParameters()
        parameters.seed = UInt64(index)
        parameters.temperature = 0.9
        return EngineRequest(
            tokens: prompts[index],
            task: .generate(parameters, maxTokens: maxTokens, stopTokens: []))
    }

    /// What each prompt is answered with, alone and on one device.
    private func expected() async throws -> [[Int32]] {
        let loaded = try load(StandInMachine(gpus: 1))
        #expect(loaded.map.devices.count == 1 && loaded.depth == 1)
        let engine = try Engine(loaded)
        var answers: [[Int32]] = []
        for index in Self.prompts.indices {
            answers.append(try await engine.submit(Self.request(index)).answer().tokens)
        }
        return answers
    }

    /// All prompts at once.
    private func answers(_ engine: Engine) async throws -> [[Int32]] {
        let streams = try Self.prompts.indices.map { try engine.submit(Self.request($0)) }
        var answers: [[Int32]] = []
        for stream in streams { answers.append(try await stream.answer().tokens) }
        return answers
    }

    @Test func aSplitChangesNoToken() async throws {
        let loaded = try load(machine())
        #expect(loaded.map.devices == [.gpu(0), .gpu(1), .cpu] && loaded.depth >= 3)
        #expect(try await answers(Engine(loaded)) == expected())
    }

    /// The first device is at work on a prompt's second chunk before the second is done with the
    /// first: else neither would go on.
    @Test func devicesWorkAtTheSameTime() async throws {
        let commits = Condition(0)
        let fault = FaultyDevice.Fault.never { device in
            if device == .gpu(0) { commits.update { $0 += 1 } }
            if device == .gpu(1) { commits.wait { $0 > 1 ? () : nil } }
        }
        let answer = try await Engine(load(machine(fault))).submit(Self.request(1)).answer()
        #expect(try await answer.tokens == expected()[1])
    }

    /// A cache for a third of a prompt grows while chunks are under way, on all devices.
    @Test func theCacheGrowsWhileChunksAreUnderWay() async throws {
        let notices = Notices()
        let loaded = try load(machine(), Self.policy(length: 32, batch: 2), notices)
        #expect(loaded.depth > 1)
        #expect(try await answers(Engine(loaded)) == expected())
        #expect(notices.all.contains { $0.contains("the KV cache has outgrown its plan") })
    }

    /// Where one device has no more room, none grows: sequences give way to each other, and what
    /// is too long even alone ends with a reason.
    @Test func whereTheCacheCannotGrowSequencesTakeTurns() async throws {
        let fault = FaultyDevice.Fault(
            .outOfMemory(arena: .kv(group: 0), bytes: 1), on: .gpu(1), at: .growKV,
            isForGood: true)
        let loaded = try load(machine(fault), Self.policy(length: 96, batch: 4))
        let engine = try Engine(loaded)
        #expect(try await answers(engine) == expected())
        let long = EngineRequest(
            tokens: (0..<600).map { $0 % 97 },
            task: .generate(.greedy, maxTokens: 2, stopTokens: []))
        #expect(try await engine.submit(long).answer().reason == .outOfKV)
        #expect(fault.hasHappened)
    }

    @Test func cancellationUnderWayDisturbsNobody() async throws {
        let engine = try Engine(load(machine()))
        let expected = try await expected()
        for limit in [0, 1, 3] {
            let streams = try Self.prompts.indices.map { try engine.submit(Self.request($0)) }
            for (index, stream) in streams.enumerated() {
                let isCancelled = index.isMultiple(of: 2)
                let answer = try await stream.answer(tokens: isCancelled ? limit : .max)
                #expect(answer.tokens == Array(expected[index].prefix(answer.tokens.count)))
                if !isCancelled { #expect(answer.reason == .length) }
            }
        }
    }

    /// Longer sequences and more of them than were planned for.
    @Test func whatWasPlannedForIsNoLimit() async throws {
        let loaded = try load(machine(), Self.policy(length: 16, batch: 1))
        #expect(try await answers(Engine(loaded)) == expected())
    }
}

/// A device that fails under way.
extension SplitEngineTests {
    struct Failure: CustomTestStringConvertible {
        let deed: FaultyDevice.Deed
        let number: Int
        let device: DeviceID
        let isLost: Bool

        var testDescription: String {
            "\(device) \(isLost ? "lost" : "out of memory") at \(deed) \(number)"
        }

        static let all: [Failure] = [FaultyDevice.Deed.commit, .wait, .read].flatMap { deed in
            [1, 4, 23].flatMap { number in
                [DeviceID.gpu(0), .gpu(1)].flatMap { device in
                    [true, false].map {
                        Failure(deed: deed, number: number, device: device, isLost: $0)
                    }
                }
            }
        }
    }

    @Test(arguments: Failure.all)
    func interruptedRequestsAreDoneAllTheSame(failure: Failure) async throws {
        let fault = FaultyDevice.Fault(
            failure.isLost ? .lost(reason: "test") : .outOfMemory(arena: .workspace, bytes: 9),
            on: failure.device, at: failure.deed, number: failure.number)
        let notices = Notices()
        let loaded = try load(machine(fault), Self.policy(), notices)
        let before = try #require(loaded.map.bills.first { $0.device == failure.device })
        let engine = try Engine(loaded)
        #expect(try await answers(engine) == expected())
        #expect(fault.hasHappened && notices.all.count == 1)
        #expect(notices.all.first?.contains("Planned again") == true)
        let after = loaded.map.bills.first { $0.device == failure.device }
        if failure.isLost {
            #expect(after == nil)
        } else {
            #expect((after?.total ?? 0) < before.total)
        }
        // What it held is given back, and no more is taken than the new map says.
        #expect(fault.takenBytes == loaded.map.bills.reduce(0) { $0 + $1.total })
        #expect(try await answers(engine) == expected())
    }

    /// No device is left: every request gets the bill, and so do later ones.
    @Test func withoutAPlanEveryRequestIsToldWhy() async throws {
        let fault = FaultyDevice.Fault(
            .lost(reason: "test"), on: .gpu(0), at: .commit, number: 5)
        let machine = StandInMachine(
            [[.gpu(0): 2 * bytes, .cpu: 100]], fault: fault)
        let engine = try Engine(load(machine))
        let streams = try Self.prompts.indices.map { try engine.submit(Self.request($0)) }
        for stream in streams {
            let error = await #expect(throws: MappingError.self) { try await stream.answer() }
            #expect(error?.code == .doesNotFit)
        }
        let error = await #expect(throws: MappingError.self) {
            try await engine.submit(Self.request(0)).answer()
        }
        #expect(error?.bills.map(\.device) == [.cpu])
        #expect(fault.takenBytes == 0)
    }
}
