import BoraCore
import BoraDeviceMapping
import BoraDevices

/// How a GPU stores weights and what its operations need: the format's own blocks as the
/// checkpoint has them, f32 activations, and scratch for the parts of split attention and for
/// inputs that a launch would overwrite.
package struct VulkanLayout: BackendLayout {
    package let kind = DeviceKind.gpu
    package let alignment = 256
    package let activationType = ElementType.f32

    /// f32 arithmetic everywhere (`--dtype f32`). Weights are always dequantized exactly; else
    /// products of many tokens may round both factors to f16.
    package let isExact: Bool

    package init(isExact: Bool) { self.isExact = isExact }

    package func scratchBytes(of operation: Operation, in step: Step) -> Int {
        switch operation {
        case .linear(let op):
            return op.isInPlace ? op.input.bytes : 0
        case .attend(let op):
            let division = AttentionDivision(op, in: step)
            return division.partialBytes(valueWidth: op.slot.geometry.valueWidth)
        case .embed, .normalize, .normalizeHeads, .gatedLinear, .softCap, .rotate, .appendKV,
            .gather:
            return 0
        }
    }
}

extension Operation.Linear {
    /// Whether an output takes the place of the input, which all of a launch's workgroups read.
    var isInPlace: Bool { projections.contains { $0.output == input } }
}
