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

    /// The operations of one part of the model.
    package struct Section: Hashable, Sendable {
        package let part: Part
        /// The hidden states that the part starts from (the embedding: that it makes).
        package let hidden: Tensor
        package let operations: Range<Int>
    }

    package private(set) var step: Step
    package let operations: [Operation]
    package let segments: [Segment]
    /// The parts of the model, in order.
    package let sections: [Section]
    /// The logits of the step's output rows: `[outputRows, vocabulary]`, on the head's device; or
    /// the hidden states that a prefix stops at.
    package let output: Tensor

    /// Workspace offset of each tensor, by its id.
    private let tensorOffsets: [Int]
    /// Workspace offset and bytes of each operation's scratch.
    private let scratch: [Range<Int>]
    /// Highest workspace byte used, per device.
    package let workspaceBytes: [Int]

    init(
        step: Step, operations: [Operation], segments: [Segment],
        sections: [Section], output: Tensor,
        workspace: WorkspaceAssignment
    ) {
        self.step = step
        self.operations = operations
        self.segments = segments
        self.sections = sections
        self.output = output
        tensorOffsets = workspace.tensorOffsets
        scratch = workspace.scratch
        workspaceBytes = workspace.peakBytes
    }

    private init(
        _ program: Program, operations count: Int, output: Tensor
    ) {
        step = program.step
        operations = Array(program.operations.prefix(count))
        segments = program.segments.filter { $0.operations.lowerBound < count }.map {
            Segment(
                device: $0.device, crossings: $0.crossings,
                operations: $0.operations.clamped(to: 0..<count))
        }
        sections = program.sections.filter { $0.operations.lowerBound < count }
        self.output = output
        tensorOffsets = program.tensorOffsets
        scratch = program.scratch
        workspaceBytes = program.workspaceBytes
    }

    /// The same operations on the same places for another step, which saves recording them; nil
    /// where the step has other rows, or an operation needs more scratch for it.
    ///
    /// - Parameter layouts: what it was recorded for.
    package func repeated(for next: Step, layouts: [any BackendLayout]) -> Program? {
        guard next.rows == step.rows, next.outputRows.count == step.outputRows.count else {
            return nil
        }
        for (operation, place) in zip(operations, scratch)
        where layouts[operation.device].scratchBytes(of: operation, in: next) > place.count {
            return nil
        }
        var program = self
        program.step = next
        return program
    }

    /// The program up to where section `index` starts, whose output is the hidden states there:
    /// `[rows, width]`.
    package func prefix(beforeSection index: Int) -> Program {
        // A crossing into the section belongs to it: what crosses is the section before's result.
        let start = sections[index].operations.lowerBound
        let crossing = segments.first { $0.operations.lowerBound == start }?.crossings.first
        return Program(
            self, operations: start, output: crossing?.source ?? sections[index].hidden)
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

extension Program {
    /// Throws for a token that an embedding of a segment has no row for.
    package func checkTokens(ofSegment index: Int, on id: DeviceID) throws(DeviceError) {
        for operation in operations[segments[index].operations] {
            guard case .embed(let op) = operation else { continue }
            for token in step.tokens where token < 0 || token >= op.table.rows {
                throw DeviceError(
                    .tokenOutOfRange(token: Int(token), vocabulary: op.table.rows), on: id)
            }
        }
    }
}
