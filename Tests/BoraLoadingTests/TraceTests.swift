import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraModels
import ModelSupport
import Testing

/// Nothing changed when it fits: planned onto one GPU, a model runs as one segment without a
/// crossing, by the operations that a map made by hand gives, and by those of a committed trace.
@Suite struct TraceTests {
    private static let step = Step(
        tokens: [3, 1, 4], positions: [0, 1, 2],
        sequences: [Step.Sequence(firstRow: 0, rows: 3, context: 0, blocks: [[0], [0]])],
        outputRows: [2])

    @Test(arguments: SmallModel.all)
    func aModelThatFitsRunsAsIfThereWereNoMapping(small: SmallModel) throws {
        var policy = MappingPolicy()
        policy.maxSequenceLength = 64
        let model = try small.read()
        let machine = StandInMachine(gpus: 1)
        let map = try machine.plan(model, policy)
        #expect(map.devices == [.gpu(0)])
        let planned = try LoadedModel(model, map: map, devices: machine.devices(for: map))
        let program = planned.program(for: Self.step)
        #expect(program.segments.count == 1 && program.segments[0].crossings.isEmpty)
        #expect(program.segments[0].operations == program.operations.indices)
        #expect(planned.depth == 1)

        let byHand = DeviceMap(
            fingerprint: model.fingerprint, layers: model.layerCount,
            assignments: map.assignments.map {
                .init(part: $0.part, placement: Placement(on: .gpu(0)))
            },
            bills: map.bills, blocksPerGroup: map.blocksPerGroup, policy: policy)
        let unmapped = try LoadedModel(
            model, map: byHand, devices: machine.devices(for: byHand))
        #expect(unmapped.program(for: Self.step).description == program.description)
        let golden = try ByteSource(mapping: Self.path(small.name))
        let isGolden = golden.bytes.text() == program.description + "\n"
        #expect(isGolden, "\(program)")
    }

    private static func path(_ name: String) -> String {
        #filePath.replacing("TraceTests.swift", with: "Resources/traces/\(name).txt")
    }
}
