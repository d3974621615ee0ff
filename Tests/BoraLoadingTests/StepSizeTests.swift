import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats
import BoraLoading
import BoraModels
import BoraVulkan
import ModelSupport
import TestSupport
import Testing

/// No step within the planned sizes takes more workspace than was planned, however small it is:
/// backends split the attention of few rows over long sequences, and the parts take memory.
@Suite struct StepSizeTests {
    private static func model(heads: Int, keyValueHeads: Int, window: Int? = nil) throws -> Model {
        var sizes = GGUFBuilder.LlamaSizes()
        sizes.layers = 1
        sizes.width = 32 * heads
        sizes.heads = heads
        sizes.keyValueHeads = keyValueHeads
        var builder = GGUFBuilder.llama(sizes)
        if let window {
            builder.set("llama.attention.sliding_window", .uint32(UInt32(window)))
        }
        // Mistral is Llama with a window.
        return try Model(
            Checkpoint(reading: .temporary(builder.build())),
            architecture: window == nil ? nil : "mistral", kvType: .f16)
    }

    private static func policy(tokens: Int, batch: Int, chunk: Int) -> MappingPolicy {
        var policy = MappingPolicy()
        policy.maxSequenceLength = tokens
        policy.maxBatchSize = batch
        policy.chunkTokens = chunk
        return policy
    }

    @Test(arguments: [(1, 64), (4, 61)])
    func theWorkspaceDoesNotGrow(batch: Int, chunk: Int) throws {
        let model = try Self.model(heads: 8, keyValueHeads: 8)
        let machine = StandInMachine([[.cpu: 1 << 40]], threads: 2)
        let map = try machine.plan(
            model, Self.policy(tokens: 8192, batch: batch, chunk: chunk))
        let loaded = try LoadedModel(model, map: map, devices: machine.devices(for: map))
        let run = PlannedRun(loaded)
        let bill = map.bills[0]
        let steps =
            [1, 8, 47, 48, 49, chunk].map { [$0] }
            + [3, batch].map { Array(repeating: 1, count: $0) }
            + [[chunk] + Array(repeating: 1, count: batch - 1)]
        for rows in steps where rows.count <= batch {
            for length in [chunk, 1500, 8192] {
                try run.runStep(rows: rows, to: length)
                let account = loaded.devices[0].account
                #expect(
                    account.takenBytes == bill.weights + bill.kv + bill.workspace,
                    "\(rows) to \(length)")
                #expect(throws: Never.self, "\(rows) to \(length)") {
                    try loaded.devices[0].checkGuards()
                }
            }
        }
    }

    /// What recording any step takes, against what the footprint bills.
    @Test(arguments: 0..<60)
    func noStepWithinThePlanTakesMore(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let keyValueHeads = [1, 2, 4].randomElement(using: &random)!
        let model = try Self.model(
            heads: keyValueHeads * [1, 2, 4].randomElement(using: &random)!,
            keyValueHeads: keyValueHeads,
            window: Bool.random(using: &random) ? Int.random(in: 1...3000, using: &random) : nil)
        let policy = Self.policy(
            tokens: [200, 1100, 4096, 40_000].randomElement(using: &random)!,
            batch: Int.random(in: 1...8, using: &random),
            chunk: Int.random(in: 1...200, using: &random))
        let layouts: [any BackendLayout] =
            [1, 2, 3, 64].map { CPULayout(threads: $0, isExact: Bool.random(using: &random)) }
            + [true, false].map { VulkanLayout(isExact: $0) }
        for layout in layouts {
            let billed =
                model.footprint(policy: policy, layouts: [layout]).workspace
                .filter { $0.chunk == policy.chunkTokens }
                .compactMap { $0.bytes[layout.kind] }.max() ?? 0
            let binding = ModelLayout(
                model, layouts: [layout], blocksPerGroup: [0], device: { _ in 0 }
            ).binding
            for _ in 0..<40 {
                let step = Self.step(policy, &random)
                let taken = model.program(for: step, binding: binding).workspaceBytes[0]
                #expect(taken <= billed, "seed \(seed): \(layout), \(policy), \(step)")
            }
        }
    }

    /// A step of any size that a policy plans for.
    private static func step(
        _ policy: MappingPolicy, _ random: inout SeededGenerator
    ) -> Step {
        var left = Int.random(in: 1...policy.stepTokens, using: &random)
        let count = Int.random(in: 1...min(policy.maxBatchSize, left), using: &random)
        var sequences: [Step.Sequence] = []
        for index in 0..<count {
            let others = count - index - 1
            let rows =
                others == 0
                ? min(left, policy.promptChunk)
                : Int.random(in: 1...min(left - others, policy.promptChunk), using: &random)
            left -= rows
            let context = Int.random(in: 0...policy.maxSequenceLength - rows, using: &random)
            sequences.append(
                .init(
                    firstRow: sequences.last.map { $0.firstRow + $0.rows } ?? 0, rows: rows,
                    context: context, blocks: [[]]))
        }
        let rows = sequences.reduce(0) { $0 + $1.rows }
        return Step(
            tokens: Array(repeating: 0, count: rows), positions: Array(repeating: 0, count: rows),
            sequences: sequences, outputRows: (0..<Int32(count)).map { $0 })
    }
}
