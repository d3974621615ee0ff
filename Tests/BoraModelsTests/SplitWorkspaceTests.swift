import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraModels
import TestSupport
import Testing

/// The workspace that a footprint bills by part is what recording the split model takes.
@Suite struct SplitWorkspaceTests {
    /// Storage with scratch of its own, unlike that of the other kind.
    private struct Layout: BackendLayout {
        let kind: DeviceKind
        let activationType = ElementType.f32

        var alignment: Int { kind == .cpu ? 64 : 256 }

        func scratchBytes(of operation: Operation, in step: Step) -> Int {
            let widest = operation.weights.map(\.rows).max() ?? 1
            return kind == .cpu ? 3 * step.rows + widest : 40 * widest
        }
    }

    /// Every assignment of the embedding, three layers and the head to a CPU and two GPUs.
    @Test(arguments: TransformersModel.all)
    func theBillOfEverySplitIsExact(saved: TransformersModel) throws {
        let model = try saved.read()
        let layouts = [Layout(kind: .gpu), Layout(kind: .cpu), Layout(kind: .gpu)]
        var policy = MappingPolicy()
        policy.maxSequenceLength = 60
        policy.maxBatchSize = 3
        policy.chunkTokens = 16
        let footprint = model.footprint(policy: policy, layouts: Array(layouts.prefix(2)))
        var splits = 0
        for code in 0..<243 {
            let digits = (0..<5).map { code / [1, 3, 9, 27, 81][$0] % 3 }
            func device(_ part: Part) -> Int {
                part.layer.map { digits[$0 + 1] } ?? digits[part == .embedding ? 0 : 4]
            }
            let layout = ModelLayout(
                model, layouts: layouts, blocksPerGroup: model.groups.map { _ in 4 },
                device: device)
            var recorded = [0, 0, 0]
            for step in Step.expected(by: policy) {
                let program = model.program(for: step, binding: layout.binding)
                recorded = zip(recorded, program.workspaceBytes).map { max($0, $1) }
            }
            let billed = layouts.indices.map { index in
                footprint.workspace.filter { device($0.part) == index }
                    .compactMap { $0.bytes[layouts[index].kind] }.max() ?? 0
            }
            #expect(billed == recorded, "\(digits)")
            // A shared table is stored once on each device that has one of its parts.
            let weights = layouts.indices.map { index in
                var seen = Set<String>()
                return footprint.tensors.filter { device($0.part) == index }
                    .filter { seen.insert($0.name).inserted }
                    .reduce(0) { $0 + ($1.stored[layouts[index].kind] ?? 0) }
            }
            #expect(weights == layout.arenas.map(\.weights), "\(digits)")
            splits += 1
        }
        print("\(saved.testDescription): \(splits) splits")
    }
}
