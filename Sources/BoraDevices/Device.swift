import BoraCore
import BoraDeviceMapping

/// A device that holds arenas and runs the segments of programs. Backends implement it.
///
/// The engine's thread calls `commit`, which does not wait for the work: the ticket does. Results
/// do not depend on the number of threads or on what else is in the step (row invariance).
package protocol Device: AnyObject, Sendable {
    var id: DeviceID { get }
    var layout: any BackendLayout { get }

    /// Takes every arena from the system, in one piece each. Called once, before any storing.
    func allocate(_ sizes: ArenaSizes) throws(DeviceError)

    /// Brings weights into the weights arena in the backend's own layout, in parallel.
    /// `progress` gets the number of source bytes done since its last call, from any thread.
    func store(
        _ uploads: [WeightUpload], progress: @escaping @Sendable (Int) -> Void
    ) throws(DeviceError)

    /// Makes room for `blocks` blocks in the KV arena of a group, keeping what is stored. On
    /// failure the arena is as it was.
    func growKV(group: Int, toBlocks blocks: Int) throws(DeviceError)

    /// Makes room for a larger workspace. Its contents are lost.
    func growWorkspace(to bytes: Int) throws(DeviceError)

    /// Queues a segment of a program. Its crossings have been written.
    func commit(_ program: Program, segment: Int) throws(DeviceError) -> any Ticket

    /// Copies a tensor of a program that has run, row by row, as f32.
    func read(_ tensor: Tensor, of program: Program) throws(DeviceError) -> [Float]

    /// Sets a tensor of a program before its segment is committed.
    func write(_ values: [Float], to tensor: Tensor, of program: Program) throws(DeviceError)

    /// Throws `guardBroken` when something was written behind an arena. It is cheap enough for
    /// every step.
    func checkGuards() throws(DeviceError)

    /// What the device has taken and touched, counted by itself and not from the plan.
    var account: ArenaAccount { get }
}

/// Work that a device has queued.
package protocol Ticket: Sendable {
    /// Returns when the work is done.
    func wait() throws(DeviceError)
}

/// The sizes of a device's arenas, in bytes and blocks, as the plan has them.
package struct ArenaSizes: Hashable, Sendable {
    /// The KV arena of one group: `blocks` blocks of `layers` layers.
    package struct KV: Hashable, Sendable {
        package let group: Int
        package let layers: Int
        package let geometry: KVGeometry
        package let blocks: Int

        package init(group: Int, layers: Int, geometry: KVGeometry, blocks: Int) {
            self.group = group
            self.layers = layers
            self.geometry = geometry
            self.blocks = blocks
        }

        package var bytes: Int { blocks * layers * geometry.blockBytes }
    }

    package let weights: Int
    /// Where each stored weight begins, ascending: a device whose allocations are bounded takes the
    /// weights in several, and no weight lies in two.
    package let weightStarts: [Int]
    package let kv: [KV]
    package let workspace: Int

    package init(weights: Int, weightStarts: [Int], kv: [KV], workspace: Int) {
        self.weights = weights
        self.weightStarts = weightStarts
        self.kv = kv
        self.workspace = workspace
    }
}

/// A weight to be stored: the checkpoint's bytes, or numbers that the model computes.
package struct WeightUpload: Sendable {
    package enum Source: Sendable {
        /// Rows in the checkpoint's own order and format.
        case slice(ByteSlice)
        case values([Float])
    }

    package let target: StoredWeight
    package let source: Source

    package init(target: StoredWeight, source: Source) {
        self.target = target
        self.source = source
    }
}

/// One arena as its device sees it.
package struct ArenaAccount: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package let arena: Arena
        /// Bytes taken from the system for it, guard bytes and page rounding apart.
        package let bytes: Int
        /// One past the highest byte written since the arena was allocated.
        package let touched: Int
        /// Whether the guard bytes behind the arena are unchanged.
        package let guardIntact: Bool

        package init(arena: Arena, bytes: Int, touched: Int, guardIntact: Bool) {
            self.arena = arena
            self.bytes = bytes
            self.touched = touched
            self.guardIntact = guardIntact
        }
    }

    package let entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    package var takenBytes: Int { entries.reduce(0) { $0 + $1.bytes } }

    package subscript(arena: Arena) -> Entry? { entries.first { $0.arena == arena } }
}
