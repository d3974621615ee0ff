import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraModels

extension DeviceMap {
    /// A map made by hand, whose bills are counted from the programs that it will run.
    ///
    /// - Parameters:
    ///   - devices: those there are; those without a part are left out.
    ///   - place: the device of each part.
    package init(
        of model: Model, policy: MappingPolicy,
        over devices: [(id: DeviceID, layout: any BackendLayout)], place: (Part) -> DeviceID
    ) {
        var parts: [Part] = []
        for weight in model.weights where !parts.contains(weight.part) {
            parts.append(weight.part)
        }
        let used = devices.filter { device in parts.contains { place($0) == device.id } }
        let blocks = model.groups.map { group in
            group.geometry.span.mostBlocks(
                tokens: policy.maxSequenceLength, chunk: policy.promptChunk) * policy.maxBatchSize
        }
        let layout = ModelLayout(model, layouts: used.map(\.layout), blocksPerGroup: blocks) {
            part in used.firstIndex { $0.id == place(part) }!
        }
        let steps: [Step] = [
            .planned(
                rows: policy.stepTokens, sequences: 1, outputRows: policy.stepOutputRows,
                context: max(policy.maxSequenceLength, policy.stepTokens)),
            .planned(
                rows: policy.maxBatchSize, sequences: policy.maxBatchSize,
                outputRows: min(policy.stepOutputRows, policy.maxBatchSize),
                context: policy.maxSequenceLength),
        ]
        let workspaces = steps.map {
            model.program(for: $0, binding: layout.binding).workspaceBytes
        }
        self.init(
            fingerprint: model.fingerprint, layers: model.layerCount,
            assignments: parts.map { .init(part: $0, placement: Placement(on: place($0))) },
            bills: used.indices.map { index in
                DeviceBill(
                    device: used[index].id, model: "test", memory: 1 << 40, budget: 1 << 40,
                    weights: layout.arenas[index].weights,
                    kv: layout.arenas[index].kv.reduce(0) { $0 + $1.bytes },
                    workspace: workspaces.map { $0[index] }.max()!, overhead: 0, reserve: 0)
            },
            blocksPerGroup: blocks, policy: policy)
    }
}
