/// Extents of a tensor, outermost first as in NumPy and PyTorch: a linear layer's weight is
/// `[outputs, inputs]`, its rows contiguous. (GGUF files write them innermost first.)
package struct Shape: Hashable, Codable, Sendable, CustomStringConvertible {
    package let extents: [Int]

    /// `nil` when an extent is negative or the number of elements overflows.
    package init?(_ extents: [Int]) {
        var product = 1
        for extent in extents {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            product = next
        }
        self.extents = extents
    }

    /// A shape known to be valid, as a model file declares it.
    package init(_ extents: Int...) {
        guard let shape = Shape(extents) else { preconditionFailure("impossible shape \(extents)") }
        self = shape
    }

    package var elements: Int { extents.reduce(1, *) }

    /// The contiguous extent: inputs of a linear layer, the length of a vector. 1 for a scalar.
    package var columns: Int { extents.last ?? 1 }

    /// Everything but the contiguous extent.
    package var rows: Int { extents.dropLast().reduce(1, *) }

    package var description: String {
        "[" + extents.map(String.init).joined(separator: ", ") + "]"
    }
}
