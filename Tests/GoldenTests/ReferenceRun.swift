import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats
import BoraLoading
import BoraModels
import TestSupport

/// A model loaded for tests, which runs token ids as one sequence, in one step or in several.
struct ReferenceRun {
    let loaded: LoadedModel
    /// The most tokens of one step.
    private let chunk: Int

    /// - Parameters:
    ///   - path: of a file or a folder.
    ///   - context: tokens to plan for.
    init(
        _ path: String, on place: ReferencePlace = .cpu(), isExact: Bool,
        kvType: ElementType = .f32, context: Int = 64, chunk: Int = .max
    ) throws {
        self.chunk = min(chunk, context)
        let model = try Model(Checkpoint(at: path), kvType: kvType, plannedLength: context)
        let device = try place.makeDevice(isExact: isExact)
        var policy = MappingPolicy()
        policy.maxSequenceLength = context
        policy.chunkTokens = self.chunk
        policy.logitsRows = self.chunk
        policy.reserveBytes = 0
        let inventory = Inventory(
            pools: [
                .init(name: "test", totalBytes: 1 << 40, availableBytes: 1 << 40, source: "test")
            ],
            devices: [.init(id: device.id, model: "test", pool: 0, cores: 2, overheadBytes: 0)])
        let map = try Planner(
            footprint: model.footprint(policy: policy, layouts: [device.layout]),
            inventory: inventory,
            policy: policy
        ).plan()
        loaded = try LoadedModel(model, map: map, devices: [device])
    }

    var vocabulary: Int { loaded.model.vocabularySize }

    /// Logits after every token, `[tokens, vocabulary]`.
    func logits(_ ids: [Int32]) throws -> [Float] {
        try stride(from: 0, to: ids.count, by: chunk).flatMap { start in
            try loaded.run(step(ids, start..<min(ids.count, start + chunk))).values
        }
    }

    /// The hidden states that each section of the model starts from, `[tokens, width]` each, the
    /// first section (the embedding) apart.
    func hiddenStates(_ ids: [Int32]) throws -> [[Float]] {
        let program = loaded.program(for: step(ids, ids.indices))
        return try program.sections.indices.dropFirst().map { index in
            try loaded.run(program.prefix(beforeSection: index)).values
        }
    }

    private func step(_ ids: [Int32], _ range: Range<Int>) -> Step {
        let sequence = Step.Sequence(
            firstRow: 0, rows: range.count, context: range.lowerBound,
            blocks: zip(loaded.model.groups, loaded.map.blocksPerGroup).map { group, blocks in
                group.geometry.span.table(for: range, taking: 0..<blocks)
            })
        return Step(
            tokens: Array(ids[range]), positions: range.map(Int32.init), sequences: [sequence],
            outputRows: range.indices.map { Int32($0 - range.lowerBound) })
    }
}
