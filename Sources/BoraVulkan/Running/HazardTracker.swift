import BoraDevices

/// Says where a launch needs the results of an earlier one, or writes what an earlier one reads.
package struct HazardTracker {
    private struct Access {
        let arena: Arena
        let range: Range<Int>

        init(_ handle: Handle) {
            arena = handle.arena
            range = handle.offset..<handle.end
        }

        func overlaps(_ other: Access) -> Bool {
            arena == other.arena && range.overlaps(other.range)
        }
    }

    package init() {}

    /// Since the last barrier.
    private var reads: [Access] = []
    private var writes: [Access] = []

    /// Whether a barrier goes before a launch. Counts the launch as recorded.
    package mutating func mustWait(for dispatch: Dispatch) -> Bool {
        // Weights are written by loading alone.
        let ownReads = dispatch.reads.filter { $0.arena != .weights }.map(Access.init)
        let ownWrites = dispatch.writes.map(Access.init)
        let waits =
            ownReads.contains { own in writes.contains { $0.overlaps(own) } }
            || ownWrites.contains { own in
                writes.contains { $0.overlaps(own) } || reads.contains { $0.overlaps(own) }
            }
        if waits {
            reads = []
            writes = []
        }
        reads += ownReads
        writes += ownWrites
        return waits
    }
}
