import BoraDevices

extension Operation {
    /// Multiplications and additions, roughly: enough to cut a segment into submissions.
    func arithmetic(in step: Step) -> Double {
        switch self {
        case .linear(let op):
            op.projections.reduce(0) { $0 + Self.product($1.weight, rows: op.input.rows) }
        case .gatedLinear(let op):
            Self.product(op.gate, rows: op.input.rows) + Self.product(op.up, rows: op.input.rows)
        case .attend(let op):
            step.sequences.reduce(0) { sum, sequence in
                let depth = min(
                    sequence.context + sequence.rows, op.slot.geometry.window ?? .max)
                let widths = op.slot.geometry.keyWidth + op.slot.geometry.valueWidth
                return sum + 2 * Double(sequence.rows * op.heads) * Double(depth * widths)
            }
        case .embed, .normalize, .normalizeHeads, .softCap, .rotate, .appendKV, .gather:
            outputs.reduce(0) { $0 + 8 * Double($1.rows * $1.columns) }
        }
    }

    private static func product(_ weight: StoredWeight, rows: Int) -> Double {
        2 * Double(weight.rows * weight.columns) * Double(rows)
    }
}
