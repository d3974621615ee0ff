import BoraCore
import BoraDeviceMapping

/// Records a model's forward pass as a `Program`. Model files call one method per equation; the
/// device of an operation is that of the part being recorded, and hidden states cross where a part
/// lies on another device than the one before.
package struct ForwardPass {
    package let step: Step
    private let binding: ModelBinding
    private var device = 0
    private var operations: [Operation] = []
    private var tensorCount = 0
    private var segmentStarts: [(device: Int, operation: Int)] = []
    private var partStarts: [(part: Part, operation: Int, hidden: Tensor)] = []
    private var crossings: [Int: [Program.Crossing]] = [:]

    package init(step: Step, binding: ModelBinding) {
        self.step = step
        self.binding = binding
    }

    /// Starts recording a part, and brings the hidden states to its device.
    package mutating func begin(_ part: Part, carrying hidden: inout Tensor) {
        defer { partStarts.append((part, operations.count, hidden)) }
        let target = binding.device(of: part)
        guard target != device else { return }
        device = target
        segmentStarts.append((target, operations.count))
        let arrived = tensor(hidden.rows, hidden.columns)
        crossings[operations.count, default: []].append(
            Program.Crossing(source: hidden, target: arrived))
        hidden = arrived
    }

    /// The rows of the embedding table for the step's tokens, times `scale`: `[rows, width]`.
    package mutating func embed(_ table: WeightID, scaledBy scale: Float = 1) -> Tensor {
        device = binding.device(of: .embedding)
        segmentStarts.append((device, operations.count))
        let table = weight(table)
        let output = tensor(step.rows, table.columns)
        partStarts.append((.embedding, operations.count, output))
        operations.append(.embed(.init(table: table, scale: scale, output: output)))
        return output
    }

    /// RMS norm of each row.
    package mutating func normalize(
        _ input: Tensor, by scale: WeightID, epsilon: Float
    ) -> Tensor {
        let output = tensor(input.rows, input.columns)
        normalize(input, scale, epsilon, output, accumulates: false)
        return output
    }

    /// RMS norm of each row, added to `residual`, in place.
    package mutating func normalize(
        _ input: Tensor, by scale: WeightID, epsilon: Float, addedTo residual: Tensor
    ) {
        normalize(input, scale, epsilon, residual, accumulates: true)
    }

    private mutating func normalize(
        _ input: Tensor, _ scale: WeightID, _ epsilon: Float, _ output: Tensor, accumulates: Bool
    ) {
        operations.append(
            .normalize(
                .init(
                    input: input, weight: weight(scale), epsilon: epsilon, output: output,
                    accumulates: accumulates)))
    }

    /// RMS norm, in place, of each head of each tensor: a head is as wide as the tensor's weight.
    package mutating func normalizeHeads(
        _ tensors: [(Tensor, by: WeightID)], epsilon: Float
    ) {
        let heads = tensors.map { tensor, scale in
            Operation.NormalizeHeads.Heads(tensor: tensor, weight: weight(scale))
        }
        operations.append(.normalizeHeads(.init(heads: heads, epsilon: epsilon)))
    }

    /// Several projections of one input.
    package mutating func linear(_ input: Tensor, _ projections: [LinearWeights]) -> [Tensor] {
        linear(input, projections, scaledBy: 1)
    }

    /// One projection, times `scale`: `[rows, outputs]`.
    package mutating func linear(
        _ input: Tensor, _ projection: LinearWeights, scaledBy scale: Float = 1
    ) -> Tensor {
        linear(input, [projection], scaledBy: scale)[0]
    }

    private mutating func linear(
        _ input: Tensor, _ projections: [LinearWeights], scaledBy scale: Float
    ) -> [Tensor] {
        let recorded = projections.map { projection in
            let stored = weight(projection.weight)
            return Operation.Linear.Projection(
                weight: stored, bias: projection.bias.map(weight), scale: scale,
                output: tensor(input.rows, stored.rows), accumulates: false)
        }
        operations.append(.linear(.init(input: input, projections: recorded)))
        return recorded.map(\.output)
    }

    /// A projection, times `scale`, added to `residual`, in place.
    package mutating func linear(
        _ input: Tensor, _ projection: LinearWeights, addedTo residual: Tensor,
        scaledBy scale: Float = 1
    ) {
        let recorded = Operation.Linear.Projection(
            weight: weight(projection.weight), bias: projection.bias.map(weight), scale: scale,
            output: residual, accumulates: true)
        operations.append(.linear(.init(input: input, projections: [recorded])))
    }

    /// The first half of a gated MLP: `f(gate(x)) ⊙ up(x)`.
    package mutating func gatedLinear(
        _ input: Tensor, gate: LinearWeights, up: LinearWeights, activation: Operation.Activation
    ) -> Tensor {
        let stored = weight(gate.weight)
        let output = tensor(input.rows, stored.rows)
        operations.append(
            .gatedLinear(
                .init(
                    input: input, gate: stored, gateBias: gate.bias.map(weight),
                    up: weight(up.weight), upBias: up.bias.map(weight), activation: activation,
                    output: output)))
        return output
    }

    /// Holds every number of `input` between `-cap` and `cap`, smoothly and in place.
    package mutating func softCap(_ input: Tensor, at cap: Float) {
        operations.append(.softCap(.init(tensor: input, cap: cap)))
    }

    /// Rotary position embedding of every head of `tensors`, in place.
    package mutating func rotate(
        _ tensors: [Tensor], headWidth: Int, frequencies: WeightID,
        pairing: Operation.Rotate.Pairing, scaledBy scale: Float = 1
    ) {
        operations.append(
            .rotate(
                .init(
                    tensors: tensors, headWidth: headWidth, frequencies: weight(frequencies),
                    pairing: pairing, scale: scale)))
    }

    /// Stores the keys and values of a layer, and attends to all that its sequences have stored, or
    /// as far back as the layer's window.
    package mutating func attend(
        queries: Tensor, keys: Tensor, values: Tensor, layer: Int, heads: Int, scale: Float,
        softCap: Float? = nil
    ) -> Tensor {
        let slot = binding.slots[layer]
        operations.append(.appendKV(.init(keys: keys, values: values, slot: slot)))
        let output = tensor(queries.rows, heads * slot.geometry.valueWidth)
        operations.append(
            .attend(
                .init(
                    queries: queries, heads: heads, slot: slot, scale: scale, softCap: softCap,
                    output: output)))
        return output
    }

    /// The rows whose logits are wanted.
    package mutating func outputRows(of input: Tensor) -> Tensor {
        let output = tensor(step.outputRows.count, input.columns)
        operations.append(.gather(.init(input: input, output: output)))
        return output
    }

    /// Ends the recording and lays out the workspace.
    package consuming func finish(output: Tensor) -> Program {
        if step.outputRows.isEmpty { leaveOutHead() }
        let workspace = WorkspaceAssignment(
            operations: operations, crossings: crossings, tensorCount: tensorCount,
            kept: [output], step: step, layouts: binding.layouts)
        let segmentEnds = segmentStarts.dropFirst().map(\.operation) + [operations.count]
        let segments = zip(segmentStarts, segmentEnds).map { start, end in
            Program.Segment(
                device: start.device, crossings: crossings[start.operation] ?? [],
                operations: start.operation..<end)
        }
        let partEnds = partStarts.dropFirst().map(\.operation) + [operations.count]
        let sections = zip(partStarts, partEnds).map { start, end in
            Program.Section(
                part: start.part, hidden: start.hidden, operations: start.operation..<end)
        }
        return Program(
            step: step, operations: operations, segments: segments, sections: sections,
            output: output,
            workspace: workspace)
    }

    /// A step that stores keys and values and wants no logits ends before the head: what would
    /// cross to the head's device is not read there.
    private mutating func leaveOutHead() {
        guard let head = partStarts.last, head.part == .head else { return }
        partStarts.removeLast()
        operations.removeSubrange(head.operation...)
        if crossings.removeValue(forKey: head.operation) != nil { segmentStarts.removeLast() }
    }

    private mutating func tensor(_ rows: Int, _ columns: Int) -> Tensor {
        defer { tensorCount += 1 }
        return Tensor(
            id: tensorCount, device: device, rows: rows, columns: columns,
            type: binding.layouts[device].activationType)
    }

    private func weight(_ id: WeightID) -> StoredWeight {
        let stored = binding.weights[id.index]
        precondition(stored.handle.device == device, "weight \(id.index) is on another device")
        return stored
    }
}

/// The weight and optional bias of a linear layer.
package struct LinearWeights: Hashable, Sendable {
    package let weight: WeightID
    package let bias: WeightID?

    package init(_ weight: WeightID, bias: WeightID? = nil) {
        self.weight = weight
        self.bias = bias
    }
}
