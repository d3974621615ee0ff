import BoraCore
import BoraDeviceMapping

/// What a backend's storage looks like: all that is needed to size its arenas without a device.
package protocol BackendLayout: Sendable {
    var kind: DeviceKind { get }

    /// Every tensor and scratch area starts at a multiple of this many bytes.
    var alignment: Int { get }

    /// The type of activations in the workspace.
    var activationType: ElementType { get }

    /// Bytes of a weight as the backend keeps it, before alignment. A packed layout is a
    /// permutation of the format's own blocks, so this is the checkpoint's own size unless the
    /// backend says otherwise.
    func storedBytes(type: ElementType, rows: Int, columns: Int) -> Int

    /// Workspace that one operation needs for itself while it runs, besides its tensors. Of two
    /// steps that both have at most `Step.fewRows` rows, or both more, one that has as many rows
    /// and sequences as the other or more, and reaches as far, needs no less: what was planned for
    /// the largest steps is enough for all.
    func scratchBytes(of operation: Operation, in step: Step) -> Int
}

extension BackendLayout {
    package func aligned(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

    package func storedBytes(type: ElementType, rows: Int, columns: Int) -> Int {
        rows * (columns / type.blockElements) * type.blockBytes
    }
}
