import BoraCore

extension Checkpoint {
    /// How much of a checkpoint is stored in one element type.
    package struct TypeTotal: Hashable, Sendable {
        package let type: ElementType
        package var tensors = 0
        package var elements = 0
        package var bytes = 0
    }

    /// The totals of every element type that occurs, most bytes first.
    package var typeTotals: [TypeTotal] {
        var totals: [ElementType: TypeTotal] = [:]
        for tensor in tensors {
            totals[tensor.type, default: TypeTotal(type: tensor.type)].add(tensor)
        }
        return totals.values.sorted { ($0.bytes, $0.type.rawValue) > ($1.bytes, $1.type.rawValue) }
    }

    /// The number of stored weights. A tied head counts once, as it is stored once.
    package var parameterCount: Int { tensors.reduce(0) { $0 + $1.shape.elements } }

    /// The bytes of all tensors, without headers and padding.
    package var weightBytes: Int { tensors.reduce(0) { $0 + $1.data.count } }
}

extension Checkpoint.TypeTotal {
    fileprivate mutating func add(_ tensor: TensorEntry) {
        tensors += 1
        elements += tensor.shape.elements
        bytes += tensor.data.count
    }
}
