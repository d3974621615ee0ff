import BoraCore
import BoraDeviceMapping
import BoraDevices

/// How a GPU stores weights and what its operations need: the format's own blocks as the
/// checkpoint has them, f32 activations, and scratch for the parts of split attention, for inputs
/// that a launch would overwrite, and for those that are rounded before products of many tokens.
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
            return max(op.isInPlace ? op.input.bytes : 0, roundedBytes(of: op.input))
        case .gatedLinear(let op):
            return roundedBytes(of: op.input)
        case .attend(let op):
            return AttentionDivision.mostPartialBytes(op, within: step)
        case .embed, .normalize, .normalizeHeads, .softCap, .rotate, .appendKV, .gather:
            return 0
        }
    }

    /// Room for what any device may round (`TileArithmetic`): a plan is made before a device is
    /// opened.
    private func roundedBytes(of input: Tensor) -> Int {
        guard !isExact, input.rows > SegmentEncoder.maxColumns else { return 0 }
        return [TileArithmetic.Rounding.halves, .bytes].map {
            $0.bytes(rows: input.rows, columns: input.columns)
        }.max()!
    }
}

extension Operation.Linear {
    /// Whether an output takes the place of the input, which all of a launch's workgroups read.
    var isInPlace: Bool { projections.contains { $0.output == input } }
}
