import BoraCore

/// A row of a checkpoint's tensor table: what a tensor is and where its data lies.
package struct TensorEntry: Sendable {
    package let name: String
    /// Outermost extent first; a linear layer's weight is `[outputs, inputs]`.
    package let shape: Shape
    package let type: ElementType
    /// Exactly the tensor's bytes, contiguous and in row order.
    package let data: ByteSlice
}
