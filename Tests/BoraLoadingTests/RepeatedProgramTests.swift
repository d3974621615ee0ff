import BoraCPU
import BoraDeviceMapping
import BoraDevices
import BoraModels
import BoraVulkan
import ModelSupport
import Testing

/// A step that is like the one before it repeats its program, which is then what recording gives.
@Suite struct RepeatedProgramTests {
    @Test(arguments: SmallModel.all, [DeviceLayouts.cpu, .gpu, .split])
    private func stepsThatGenerateAreRecordedSeldom(
        small: SmallModel, on kind: DeviceLayouts
    ) throws {
        let model = try small.read()
        let layouts = kind.layouts
        let binding = ModelLayout(
            model, layouts: layouts, blocksPerGroup: model.groups.map { _ in 1 },
            device: { $0.layer == 0 || $0 == .embedding ? 0 : layouts.count - 1 }
        ).binding
        var last = model.program(for: Self.step(context: 2), binding: binding)
        var recordings = 0
        for context in 3...3000 {
            let step = Self.step(context: context)
            let recorded = model.program(for: step, binding: binding)
            guard let repeated = last.repeated(for: step, layouts: layouts) else {
                recordings += 1
                last = recorded
                continue
            }
            #expect(repeated.operations == recorded.operations)
            #expect(repeated.segments == recorded.segments)
            #expect(repeated.step.longestContext == context)
            let hasRoom = recorded.operations.indices.allSatisfy {
                repeated.scratchHandle(ofOperation: $0).bytes
                    >= recorded.scratchHandle(ofOperation: $0).bytes
            }
            #expect(hasRoom, "\(context)")
            last = repeated
        }
        // A GPU's parts are four blocks or more, the CPU's 1,024 tokens.
        #expect(recordings <= 3000 / 128 + 3000 / 1024)
        #expect(recordings > 8 || kind == .cpu || small.hasWindow)
    }

    @Test func otherRowsAreRecorded() throws {
        let model = try SmallModel.all[0].read()
        let layouts = DeviceLayouts.cpu.layouts
        let binding = ModelLayout(
            model, layouts: layouts, blocksPerGroup: model.groups.map { _ in 1 },
            device: { _ in 0 }
        ).binding
        let program = model.program(for: Self.step(context: 9), binding: binding)
        #expect(program.repeated(for: Self.step(context: 5), layouts: layouts) != nil)
        #expect(program.repeated(for: Self.step(rows: 3, context: 9), layouts: layouts) == nil)
        #expect(program.repeated(for: Self.step(outputs: 1, context: 9), layouts: layouts) == nil)
    }

    private static func step(rows: Int = 2, outputs: Int = 2, context: Int) -> Step {
        .planned(rows: rows, sequences: 2, outputRows: outputs, context: context)
    }
}

extension SmallModel {
    /// Whether some layers see few blocks, however long the context is.
    fileprivate var hasWindow: Bool { name.contains("window") || name.hasPrefix("gemma") }
}

private enum DeviceLayouts: Sendable {
    case cpu, gpu, split

    var layouts: [any BackendLayout] {
        let cpu = CPULayout(threads: 2, isExact: false)
        let gpu = VulkanLayout(isExact: false)
        return switch self {
        case .cpu: [cpu]
        case .gpu: [gpu]
        case .split: [gpu, cpu]
        }
    }
}
