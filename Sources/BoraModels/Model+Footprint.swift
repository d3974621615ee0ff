import BoraCore
import BoraDeviceMapping
import BoraDevices

extension Model {
    /// Records the forward pass of one step.
    package func program(for step: Step, binding: ModelBinding) -> Program {
        var pass = ForwardPass(step: step, binding: binding)
        let logits = architecture.forward(&pass)
        return pass.finish(output: logits)
    }

    /// What the model costs at the policy's sizes. The workspace of each part is the highest byte
    /// that its operations touch on a device that computes nothing, over the steps that the policy
    /// expects: a chunk of a prompt, and one token of every sequence.
    package func footprint(
        policy: MappingPolicy, layouts: [any BackendLayout]
    ) -> Footprint {
        Footprint(
            fingerprint: fingerprint, architecture: architectureName,
            layers: layerCount,
            tensors: weights.map { weight in
                // A layout that stores another size than its peers would need one bill per kind.
                let bytes = layouts.map {
                    $0.aligned(
                        $0.storedBytes(
                            type: weight.type, rows: weight.rows, columns: weight.columns))
                }
                return Footprint.Tensor(
                    name: weight.name, part: weight.part, type: weight.type,
                    elements: weight.rows * weight.columns, storedBytes: bytes.max() ?? 0)
            },
            caches: groups.enumerated().flatMap { index, group in
                group.layers.map { layer in
                    Footprint.LayerCache(
                        layer: layer, group: index, blockTokens: KVGeometry.blockTokens,
                        blockBytes: group.geometry.blockBytes, window: group.geometry.window)
                }
            },
            workspace: layouts.flatMap { workspace(policy: policy, layout: $0) })
    }

    private func workspace(
        policy: MappingPolicy, layout: any BackendLayout
    ) -> [Footprint.Workspace] {
        let layout = ModelLayout(
            self, layouts: [layout], blocksPerGroup: groups.map { _ in 0 }, device: { _ in 0 })
        let kind = layout.binding.layouts[0].kind
        let prompt = Step.planned(
            rows: policy.stepTokens, sequences: 1, outputRows: policy.stepOutputRows,
            context: max(policy.maxSequenceLength, policy.stepTokens))
        let generation = Step.planned(
            rows: policy.maxBatchSize, sequences: policy.maxBatchSize,
            outputRows: min(policy.stepOutputRows, policy.maxBatchSize),
            context: policy.maxSequenceLength)
        var peaks: [(part: Part, bytes: Int)] = []
        for step in [prompt, generation] {
            let program = program(for: step, binding: layout.binding)
            let bytes = program.sections.map {
                NullDevice.workspaceBytes(of: $0.operations, in: program)
            }
            if peaks.isEmpty {
                peaks = zip(program.sections, bytes).map { ($0.part, $1) }
            } else {
                for index in peaks.indices {
                    peaks[index].bytes = max(peaks[index].bytes, bytes[index])
                }
            }
        }
        return peaks.map { Footprint.Workspace(part: $0.part, kind: kind, bytes: $0.bytes) }
    }
}
