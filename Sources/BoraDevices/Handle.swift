import BoraCore

/// Which of a device's arenas: memory taken in one piece, sized by the plan before loading.
package enum Arena: Hashable, Sendable {
    case weights
    /// KV blocks of one group of layers.
    case kv(group: Int)
    /// Activations and scratch of the step that runs.
    case workspace
}

/// A place in a device's memory: small and copyable, it owns nothing.
package struct Handle: Hashable, Sendable {
    /// Position of the device in its device map.
    package let device: Int
    package let arena: Arena
    /// Bytes from the arena's start.
    package let offset: Int
    package let bytes: Int

    package init(device: Int, arena: Arena, offset: Int, bytes: Int) {
        self.device = device
        self.arena = arena
        self.offset = offset
        self.bytes = bytes
    }

    package var end: Int { offset + bytes }
}

/// A weight where a device stores it: `rows` outputs by `columns` inputs, in any element type. A
/// vector has one row.
package struct StoredWeight: Hashable, Sendable {
    package let handle: Handle
    package let type: ElementType
    package let rows: Int
    package let columns: Int

    package init(handle: Handle, type: ElementType, rows: Int, columns: Int) {
        self.handle = handle
        self.type = type
        self.rows = rows
        self.columns = columns
    }
}

/// A matrix of activations that a program computes: one row per token. It has a place in the
/// device's workspace once the program is finished (`Program.handle(of:)`).
package struct Tensor: Hashable, Sendable {
    /// Index in its program.
    package let id: Int
    package let device: Int
    package let rows: Int
    package let columns: Int
    package let type: ElementType

    package var bytes: Int { rows * columns * type.blockBytes }
}
