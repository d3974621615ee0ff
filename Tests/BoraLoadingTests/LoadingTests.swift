import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraModels
import ModelSupport
import Synchronization
import Testing

/// Loading by a map, on devices that are not what they were when it was made.
@Suite struct LoadingTests {
    private let model: Model
    /// What the whole model takes.
    private let bytes: Int

    init() throws {
        model = try SmallModel("llama-biased").read()
        bytes = try StandInMachine(gpus: 1).plan(model, Self.policy).bills[0].total
    }

    private static var policy: MappingPolicy {
        var policy = MappingPolicy()
        policy.maxSequenceLength = 64
        policy.chunkTokens = 8
        policy.reserveBytes = 0
        return policy
    }

    /// Free bytes as shares of what the model takes.
    private func memories(_ shares: [DeviceID: Double]) -> [DeviceID: Int] {
        shares.mapValues { Int(Double(bytes) * $0) }
    }

    private func load(
        _ machine: StandInMachine, _ policy: MappingPolicy = policy,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
        telling notices: Notices = Notices()
    ) throws -> RecoverableModel {
        try RecoverableModel(
            model, map: machine.plan(model, policy), policy: policy, on: machine,
            progress: progress, notice: notices.add)
    }

    private func logits(_ loaded: RecoverableModel) throws -> [Float] {
        try PlannedRun(#require(loaded.loaded)).logits(of: (0..<40).map { $0 })
    }

    @Test(arguments: [FaultyDevice.Deed.allocate, .store])
    func aFailedLoadFreesEverything(deed: FaultyDevice.Deed) throws {
        let fault = FaultyDevice.Fault(
            .tokenOutOfRange(token: 0, vocabulary: 0), on: .gpu(1), at: deed)
        let machine = StandInMachine(
            [memories([.gpu(0): 0.7, .gpu(1): 0.7, .cpu: 2])], fault: fault)
        let map = try machine.plan(model, Self.policy)
        #expect(map.devices == [.gpu(0), .gpu(1)])
        #expect(throws: DeviceError.self) {
            _ = try LoadedModel(model, map: map, devices: machine.devices(for: map))
        }
        #expect(fault.hasHappened && fault.takenBytes == 0)
    }

    @Test func progressAddsUpOverAllDevices() throws {
        let calls = Mutex<[(done: Int, total: Int)]>([])
        let machine = StandInMachine([memories([.gpu(0): 0.6, .cpu: 2])])
        let loaded = try load(
            machine, progress: { done, total in calls.withLock { $0.append((done, total)) } })
        let total = loaded.map.bills.reduce(0) { $0 + $1.weights }
        calls.withLock { calls in
            #expect(calls.map(\.done).max() == calls[0].total)
            #expect(Set(calls.map(\.total)).count == 1)
            // But for what aligns each tensor.
            #expect(calls[0].total <= total && calls[0].total > total * 8 / 10)
        }
    }

    @Test func aMemoryThatShrankIsPlannedForAgain() throws {
        let before = memories([.gpu(0): 1.2, .cpu: 2])
        let machine = StandInMachine([before, memories([.gpu(0): 0.6, .cpu: 2])])
        let notices = Notices()
        let loaded = try load(machine, telling: notices)
        #expect(loaded.map.devices == [.gpu(0), .cpu])
        #expect(notices.all.count == 1)
        #expect(notices.all[0].contains("the memory 'memory of gpu[0]' has"))
        #expect(notices.all[0].contains("Planned again: layers 0-"))
        let whole = try load(StandInMachine([before]))
        #expect(whole.map.devices == [.gpu(0)])
        #expect(try logits(loaded) == logits(whole))
    }

    @Test func memoryThatIsRefusedIsPlannedForAgain() throws {
        let fault = FaultyDevice.Fault(
            .outOfMemory(arena: .weights, bytes: 1), on: .gpu(0), at: .allocate)
        let machine = StandInMachine([memories([.gpu(0): 1.2, .cpu: 2])], fault: fault)
        let notices = Notices()
        let loaded = try load(machine, telling: notices)
        let bill = try #require(loaded.map.bills.first { $0.device == .gpu(0) })
        #expect(loaded.map.devices == [.gpu(0), .cpu] && bill.total <= bytes - bytes / 16)
        #expect(notices.all.count == 1 && notices.all[0].contains("gpu[0] has no"))
        #expect(fault.takenBytes == loaded.map.bills.reduce(0) { $0 + $1.total })
    }

    /// A manual map that names a lost device gives way to an automatic one.
    @Test func aDeviceLostWhileLoadingIsLeftOut() throws {
        let fault = FaultyDevice.Fault(.lost(reason: "test"), on: .gpu(0), at: .store)
        let machine = StandInMachine([memories([.gpu(0): 2, .gpu(1): 2, .cpu: 2])], fault: fault)
        var policy = Self.policy
        policy.deviceLayers = try DeviceLayers(
            parsing: "0:2;1:2", devices: [.gpu(0), .gpu(1), .cpu])
        let notices = Notices()
        let loaded = try load(machine, policy, telling: notices)
        #expect(loaded.map.devices == [.gpu(1)])
        #expect(notices.all.count == 1 && notices.all[0].contains("gpu[0] is lost (test)"))
    }

    /// What is taken beyond the plan is said, whenever it becomes more.
    @Test func aWorkspaceThatGrowsIsNoticed() throws {
        let notices = Notices()
        let loaded = try load(StandInMachine(gpus: 1), telling: notices)
        for (rows, count) in [(8, 0), (20, 1), (20, 1), (3, 1), (30, 2)] {
            let step = Step(
                tokens: (0..<Int32(rows)).map { $0 }, positions: (0..<Int32(rows)).map { $0 },
                sequences: [.init(firstRow: 0, rows: rows, context: 0, blocks: [[0], [0]])],
                outputRows: [0])
            _ = try loaded.start(step).output()
            #expect(notices.all.count == count, "\(rows) rows: \(notices.all)")
        }
        #expect(notices.all[0].contains("has outgrown the planned workspace"))
    }

    @Test func whereNothingIsLeftTheBillSaysSo() throws {
        let machine = StandInMachine([
            memories([.gpu(0): 1.2, .cpu: 2]), memories([.gpu(0): 0.1, .cpu: 0.1]),
        ])
        let error = #expect(throws: MappingError.self) { try load(machine) }
        #expect(error?.code == .doesNotFit)
    }
}
