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

    /// What the model costs at the policy's sizes, on each kind of device that `layouts` has one
    /// of.
    package func footprint(
        policy: MappingPolicy, layouts: [any BackendLayout]
    ) -> Footprint {
        Footprint(
            fingerprint: fingerprint, architecture: architectureName, layers: layerCount,
            tensors: weights.map { tensor($0, layouts: layouts) },
            caches: groups.enumerated().flatMap { index, group in
                group.layers.map { cache(ofLayer: $0, group: index) }
            },
            workspace: policy.chunkChoices.flatMap { chunk in
                var policy = policy
                policy.chunkTokens = chunk
                return workspace(policy: policy, layouts: layouts)
            },
            hiddenBytes: layouts.map {
                architecture.shape.width * $0.activationType.blockBytes
            }.max() ?? 0)
    }

    private func tensor(
        _ weight: WeightDeclaration, layouts: [any BackendLayout]
    ) -> Footprint.Tensor {
        var stored = BytesByKind()
        for layout in layouts {
            stored[layout.kind] = layout.aligned(
                layout.storedBytes(
                    type: weight.type, rows: weight.rows, columns: weight.columns))
        }
        return Footprint.Tensor(
            name: weight.name, part: weight.part, type: weight.type, rows: weight.rows,
            columns: weight.columns, stored: stored,
            use: weight.part == .embedding ? .rowPerToken : .whole)
    }

    private func cache(ofLayer layer: Int, group index: Int) -> Footprint.LayerCache {
        let geometry = groups[index].geometry
        var cache = Footprint.LayerCache(
            layer: layer, group: index, blockTokens: KVGeometry.blockTokens,
            blockBytes: geometry.blockBytes, window: geometry.window)
        // A score and a weighted sum for each query head.
        let widths = geometry.keyWidth + geometry.valueWidth
        cache.operationsPerPair = 2 * architecture.shape.heads * widths
        cache.heads = geometry.heads
        let small = ElementType.q8_0
        let widthsFill = [geometry.keyWidth, geometry.valueWidth].allSatisfy {
            $0.isMultiple(of: small.blockElements)
        }
        cache.blockBytesInQ8 =
            widthsFill
            ? KVGeometry(
                heads: geometry.heads, keyWidth: geometry.keyWidth,
                valueWidth: geometry.valueWidth, type: small
            ).blockBytes : nil
        return cache
    }

    /// The workspace of each part: the highest byte that its operations touch on a device that
    /// computes nothing, over the steps that the policy expects. That holds whatever other parts
    /// the device has: the hidden states lie at its start, whether they were made there or arrived.
    private func workspace(
        policy: MappingPolicy, layouts: [any BackendLayout]
    ) -> [Footprint.Workspace] {
        var order: [Part] = []
        var peaks: [Part: BytesByKind] = [:]
        for backend in layouts {
            let layout = ModelLayout(
                self, layouts: [backend], blocksPerGroup: groups.map { _ in 0 }, device: { _ in 0 })
            for step in Step.expected(by: policy) {
                let program = program(for: step, binding: layout.binding)
                for section in program.sections {
                    let bytes = NullDevice.workspaceBytes(of: section.operations, in: program)
                    if peaks[section.part] == nil { order.append(section.part) }
                    let known = peaks[section.part]?[backend.kind] ?? 0
                    peaks[section.part, default: BytesByKind()][backend.kind] = max(known, bytes)
                }
            }
        }
        return order.map {
            Footprint.Workspace(
                part: $0, chunk: policy.chunkTokens, bytes: peaks[$0] ?? BytesByKind())
        }
    }
}

extension Step {
    /// The largest step that a policy expects, and the largest of few rows: no step within the
    /// policy's sizes needs more workspace than one of them (`BackendLayout.scratchBytes`).
    package static func expected(by policy: MappingPolicy) -> [Step] {
        let most = policy.stepTokens
        return (most > fewRows ? [most, fewRows] : [most]).map { rows in
            .planned(
                rows: rows, sequences: min(policy.maxBatchSize, rows),
                outputRows: min(policy.stepOutputRows, rows),
                context: max(policy.maxSequenceLength, rows))
        }
    }
}
