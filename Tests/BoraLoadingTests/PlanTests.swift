import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats
import BoraLoading
import BoraModels
import ModelSupport
import TestSupport
import Testing

/// The plan never lies: what is planned from a header is what a loaded model takes and touches.
@Suite struct PlanTests {
    private struct Case: CustomTestStringConvertible {
        let tokens: Int
        let batch: Int
        let chunk: Int
        let isExact: Bool
        let threads: Int
        let tied: Bool
        let kvType: ElementType
        var window: Int?

        var testDescription: String {
            "\(tokens) tokens, batch \(batch), chunk \(chunk), exact \(isExact), "
                + "\(threads) threads, tied \(tied), \(kvType) cache"
                + (window.map { ", window \($0)" } ?? "")
        }

        static let all: [Case] = [1, 2, 3].flatMap { threads in
            [
                Case(
                    tokens: 96, batch: 1, chunk: 64, isExact: false, threads: threads, tied: true,
                    kvType: .f16),
                Case(
                    tokens: 100, batch: 3, chunk: 16, isExact: true, threads: threads, tied: false,
                    kvType: .f32),
                Case(
                    tokens: 64, batch: 8, chunk: 1, isExact: false, threads: threads, tied: false,
                    kvType: .bf16),
                Case(
                    tokens: 70, batch: 2, chunk: 32, isExact: false, threads: threads, tied: false,
                    kvType: .q8_0),
                Case(
                    tokens: 200, batch: 2, chunk: 16, isExact: false, threads: threads, tied: true,
                    kvType: .q8_0, window: 40),
            ]
        }
    }

    private static func inventory(available: Int = 1 << 40) -> Inventory {
        Inventory(
            pools: [
                .init(
                    name: "test", totalBytes: 1 << 40, availableBytes: available, source: "test")
            ],
            devices: [.init(id: .cpu, model: "test", pool: 0, cores: 2, overheadBytes: 0)])
    }

    /// Heads of 32, which a cache of q8_0 takes.
    private static var sizes: GGUFBuilder.LlamaSizes {
        var sizes = GGUFBuilder.LlamaSizes()
        sizes.width = 128
        return sizes
    }

    private static func load(_ test: Case) throws -> LoadedModel {
        var sizes = sizes
        sizes.tied = test.tied
        var builder = GGUFBuilder.llama(sizes)
        if let window = test.window {
            builder.set("llama.attention.sliding_window", .uint32(UInt32(window)))
        }
        // Mistral is Llama with a window.
        let model = try Model(
            Checkpoint(reading: .temporary(builder.build())),
            architecture: test.window == nil ? nil : "mistral", kvType: test.kvType)
        #expect(model.groups.map(\.geometry.window) == [test.window])
        let layout = CPULayout(threads: test.threads, isExact: test.isExact)
        var policy = MappingPolicy()
        policy.maxSequenceLength = test.tokens
        policy.maxBatchSize = test.batch
        policy.chunkTokens = test.chunk
        policy.reserveBytes = 0
        let map = try Planner(
            footprint: model.footprint(policy: policy, layouts: [layout]),
            inventory: inventory(), policy: policy
        ).plan()
        let device = try CPUDevice(threads: test.threads, isExact: test.isExact)
        return try LoadedModel(model, map: map, devices: [device])
    }

    @Test(arguments: Case.all)
    private func arenasAreTakenAndTouchedAsPlanned(test: Case) throws {
        let model = try Self.load(test)
        try PlannedRun(model).fill()
        let bill = model.map.bills[0]
        let account = model.devices[0].account
        #expect(account.takenBytes == bill.weights + bill.kv + bill.workspace)
        for entry in account.entries {
            #expect(entry.guardIntact)
            // No slack: the last bytes are used, but for what aligns the last tensor. (Of several
            // threads, those that come late find no work left for their part of the workspace.)
            if test.threads == 1 || entry.arena != .workspace {
                #expect(entry.touched > entry.bytes - 64, "\(entry.arena)")
            }
        }
    }

    @Test func aMapOfAnotherCheckpointIsRefused() throws {
        let test = Case.all[0]
        let map = try Self.load(test).map
        let other = try Model(
            Checkpoint(reading: .temporary(GGUFBuilder.llama(Self.sizes, seed: 2).build())),
            kvType: .f16)
        // The same names and shapes are the same plan, whatever the weights.
        #expect(other.fingerprint == map.fingerprint)
        var sizes = Self.sizes
        sizes.vocabulary += 1
        let larger = try Model(
            Checkpoint(reading: .temporary(GGUFBuilder.llama(sizes).build())), kvType: .f16)
        let error = try #require(throws: LoadingError.self) {
            try LoadedModel(
                larger, map: map, devices: [CPUDevice(threads: 1)])
        }
        #expect(
            error.code == .otherCheckpoint(planned: map.fingerprint, found: larger.fingerprint))
    }

    /// Blocks of 32 numbers do not fill heads of 16.
    @Test func aCacheThatDoesNotFillTheHeadsIsRefused() throws {
        let checkpoint = try Checkpoint(reading: .temporary(GGUFBuilder.llama(.init()).build()))
        let error = try #require(throws: ModelError.self) {
            try Model(checkpoint, kvType: .q8_0)
        }
        #expect(error.code == .unsupportedCache(type: .q8_0, headWidth: 16))
        #expect(error.description.contains("--kv-dtype q8_0"))
    }

    /// A step larger than planned runs: the workspace grows.
    @Test func aStepBeyondThePlanRuns() throws {
        let model = try Self.load(Case.all[0])
        let rows = model.map.policy.stepTokens + 20
        let sequence = Step.Sequence(firstRow: 0, rows: rows, context: 0, blocks: [[0, 1, 2]])
        let output = try model.run(
            Step(
                tokens: Array(repeating: 1, count: rows), positions: (0..<rows).map(Int32.init),
                sequences: [sequence], outputRows: [Int32(rows - 1)]))
        #expect(output.values.allSatisfy { $0.isFinite })
        #expect(model.devices[0].account.takenBytes > model.map.bills[0].total)
    }
}
