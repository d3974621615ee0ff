import BoraCore
import BoraDeviceMapping

/// A recorded forward pass: operations over handles, a value. It can be printed, compared, counted,
/// and run by the devices it names.
package struct Program: Sendable {
    /// A tensor handed from one device to another.
    package struct Crossing: Hashable, Sendable {
        package let source: Tensor
        package let target: Tensor
    }

    /// Consecutive operations of one device, after its crossings have arrived.
    package struct Segment: Hashable, Sendable {
        package let device: Int
        package let crossings: [Crossing]
        package let operations: Range<Int>
    }

    package let step: Step
    package let operations: [Operation]
    package let segments: [Segment]
    /// The operations of each part of the model, in order.
    package let parts: [(part: Part, operations: Range<Int>)]
    /// The logits of the step's output rows: `[outputRows, vocabulary]`, on the head's device.
    package let output: Tensor

    /// Workspace offset of each tensor, by its id.
    private let tensorOffsets: [Int]
    /// Workspace offset and bytes of each operation's scratch.
    private let scratch: [Range<Int>]
    /// Highest workspace byte used, per device.
    package let workspaceBytes: [Int]

    init(
        step: Step, operations: [Operation], segments: [Segment],
        parts: [(part: Part, operations: Range<Int>)], output: Tensor,
        workspace: WorkspaceAssignment
    ) {
        self.step = step
        self.operations = operations
        self.segments = segments
        self.parts = parts
        self.output = output
        tensorOffsets = workspace.tensorOffsets
        scratch = workspace.scratch
        workspaceBytes = workspace.peakBytes
    }

    /// Where a tensor lies.
    package func handle(of tensor: Tensor) -> Handle {
        Handle(
            device: tensor.device, arena: .workspace, offset: tensorOffsets[tensor.id],
            bytes: tensor.bytes)
    }

    /// Where an operation's scratch lies.
    package func scratchHandle(ofOperation index: Int) -> Handle {
        Handle(
            device: operations[index].device, arena: .workspace,
            offset: scratch[index].lowerBound, bytes: scratch[index].count)
    }
}
