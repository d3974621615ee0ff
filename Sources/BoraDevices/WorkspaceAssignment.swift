/// Gives every tensor and every scratch area of a program its place in its device's workspace.
///
/// Operations run in order, so two values may share bytes when their lifetimes do not overlap:
/// first fit over the operations, each tensor from its first to its last use.
struct WorkspaceAssignment {
    let tensorOffsets: [Int]
    let scratch: [Range<Int>]
    /// Highest byte taken, per device.
    let peakBytes: [Int]

    /// - Parameters:
    ///   - crossings: for each operation, the tensors that arrive just before it.
    ///   - kept: tensors still needed when the program is done.
    init(
        operations: [Operation], crossings: [Int: [Program.Crossing]], tensorCount: Int,
        kept: [Tensor], step: Step, layouts: [any BackendLayout]
    ) {
        var tensorOffsets = Array(repeating: -1, count: tensorCount)
        var scratch: [Range<Int>] = []
        scratch.reserveCapacity(operations.count)
        var lastUse = Array(repeating: 0, count: tensorCount)
        for (index, operation) in operations.enumerated() {
            for tensor in operation.inputs + operation.outputs { lastUse[tensor.id] = index }
            for crossing in crossings[index] ?? [] {
                // The source is read until the target's segment starts.
                lastUse[crossing.source.id] = index
            }
        }
        for tensor in kept { lastUse[tensor.id] = operations.count }

        var spaces = layouts.map { FreeSpace(alignment: $0.alignment) }
        var live: [Tensor] = []
        for (index, operation) in operations.enumerated() {
            let arriving = (crossings[index] ?? []).map(\.target)
            for tensor in arriving + operation.outputs where tensorOffsets[tensor.id] < 0 {
                tensorOffsets[tensor.id] = spaces[tensor.device].take(tensor.bytes)
                live.append(tensor)
            }
            let device = operation.device
            let bytes = layouts[device].scratchBytes(of: operation, in: step)
            let offset = spaces[device].take(bytes)
            scratch.append(offset..<offset + bytes)
            spaces[device].giveBack(offset, bytes)
            live.removeAll { tensor in
                guard lastUse[tensor.id] <= index else { return false }
                spaces[tensor.device].giveBack(tensorOffsets[tensor.id], tensor.bytes)
                return true
            }
        }
        self.tensorOffsets = tensorOffsets
        self.scratch = scratch
        peakBytes = spaces.map(\.peak)
    }
}

/// The free parts of a workspace that has no end yet.
private struct FreeSpace {
    let alignment: Int
    /// Highest byte ever taken.
    private(set) var peak = 0
    /// Taken ranges, ascending and disjoint.
    private var taken: [Range<Int>] = []

    init(alignment: Int) { self.alignment = alignment }

    /// The lowest free offset with room for `bytes`.
    mutating func take(_ bytes: Int) -> Int {
        guard bytes > 0 else { return 0 }
        let size = (bytes + alignment - 1) / alignment * alignment
        var offset = 0
        var index = 0
        while index < taken.count, taken[index].lowerBound - offset < size {
            offset = taken[index].upperBound
            index += 1
        }
        taken.insert(offset..<offset + size, at: index)
        peak = max(peak, offset + bytes)
        return offset
    }

    mutating func giveBack(_ offset: Int, _ bytes: Int) {
        guard bytes > 0 else { return }
        taken.removeAll { $0.lowerBound == offset }
    }
}
