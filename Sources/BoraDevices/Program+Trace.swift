extension Program: CustomStringConvertible {
    /// The trace of what devices do: a line for each segment, crossing and operation, with where
    /// everything lies in its arena, in bytes from the arena's start.
    ///
    ///     segment on device 0
    ///       embed w0+9312 -> t0[3x24] at 0+288
    package var description: String {
        segments.flatMap { segment in
            ["segment on device \(segment.device)"]
                + segment.crossings.map { "  \(place($0.source)) crosses to \(place($0.target))" }
                + segment.operations.map { "  \(line(ofOperation: $0))" }
        }.joined(separator: "\n")
    }

    private func line(ofOperation index: Int) -> String {
        let operation = operations[index]
        var line = operation.name
        for tensor in operation.inputs { line += " \(place(tensor))" }
        for weight in operation.weights {
            line += " w\(weight.handle.offset)+\(weight.handle.bytes)"
        }
        if let slot = operation.slot {
            line += " kv\(slot.group) layer \(slot.layer) of \(slot.layers)"
        }
        if !operation.outputs.isEmpty {
            line += " -> " + operation.outputs.map(place).joined(separator: " ")
        }
        let scratch = scratchHandle(ofOperation: index)
        return scratch.bytes == 0 ? line : "\(line) scratch \(scratch.offset)+\(scratch.bytes)"
    }

    private func place(_ tensor: Tensor) -> String {
        let handle = handle(of: tensor)
        return "t\(tensor.id)[\(tensor.rows)x\(tensor.columns)] at \(handle.offset)+\(handle.bytes)"
    }
}

extension Operation {
    fileprivate var name: String {
        switch self {
        case .embed: "embed"
        case .normalize(let op): op.accumulates ? "normalize and add" : "normalize"
        case .normalizeHeads: "normalize heads"
        case .linear(let op):
            op.projections.contains(where: \.accumulates) ? "linear and add" : "linear"
        case .gatedLinear(let op): "gated linear, \(op.activation)"
        case .softCap: "soft cap"
        case .rotate: "rotate"
        case .appendKV: "append"
        case .attend: "attend"
        case .gather: "gather"
        }
    }

    fileprivate var slot: KVSlot? {
        switch self {
        case .appendKV(let op): op.slot
        case .attend(let op): op.slot
        default: nil
        }
    }
}
