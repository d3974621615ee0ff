import BoraCore
import BoraDeviceMapping
import Synchronization

/// A device that computes nothing and counts bytes. Running a model's forward pass on it gives the
/// model's footprint; running a loaded model's programs on it checks their handles.
package final class NullDevice: Device {
    private struct State {
        var sizes: [Arena: Int] = [:]
        var touched: [Arena: Int] = [:]
    }

    package let id: DeviceID
    package let layout: any BackendLayout
    private let state = Mutex(State())

    package init(id: DeviceID, layout: any BackendLayout) {
        self.id = id
        self.layout = layout
    }

    package func allocate(_ sizes: ArenaSizes) throws(DeviceError) {
        state.withLock { state in
            state.sizes = [.weights: sizes.weights, .workspace: sizes.workspace]
            for kv in sizes.kv { state.sizes[.kv(group: kv.group)] = kv.bytes }
        }
    }

    package func store(
        _ uploads: [WeightUpload], progress: @escaping @Sendable (Int) -> Void
    ) throws(DeviceError) {
        for upload in uploads { touch(upload.target.handle) }
    }

    package func growKV(group: Int, toBlocks blocks: Int) throws(DeviceError) {}

    package func growWorkspace(to bytes: Int) throws(DeviceError) {
        state.withLock { $0.sizes[.workspace] = bytes }
    }

    package func commit(_ program: Program, segment: Int) throws(DeviceError) -> any Ticket {
        for index in program.segments[segment].operations {
            for handle in Self.handles(ofOperation: index, in: program) { touch(handle) }
        }
        return DoneTicket()
    }

    package func read(
        _ tensor: Tensor, of program: Program
    ) throws(DeviceError) -> [Float] {
        Array(repeating: 0, count: tensor.rows * tensor.columns)
    }

    package func write(
        _ values: [Float], to tensor: Tensor, of program: Program
    ) throws(DeviceError) {
        touch(program.handle(of: tensor))
    }

    package func checkGuards() throws(DeviceError) {
        for entry in account.entries where !entry.guardIntact {
            throw DeviceError(.guardBroken(arena: entry.arena), on: id)
        }
    }

    package var account: ArenaAccount {
        state.withLock { state in
            let entries = state.touched.map { arena, touched in
                let size = state.sizes[arena] ?? touched
                return ArenaAccount.Entry(
                    arena: arena, bytes: size, touched: touched, guardIntact: touched <= size)
            }
            return ArenaAccount(entries: entries)
        }
    }

    /// The highest workspace byte that operations `range` of a program use.
    package static func workspaceBytes(of range: Range<Int>, in program: Program) -> Int {
        range.lazy.flatMap { handles(ofOperation: $0, in: program) }
            .filter { $0.arena == .workspace }
            .map(\.end).max() ?? 0
    }

    /// Every byte range that an operation may read or write, KV blocks apart.
    private static func handles(ofOperation index: Int, in program: Program) -> [Handle] {
        let operation = program.operations[index]
        return (operation.inputs + operation.outputs).map(program.handle)
            + operation.weights.map(\.handle)
            + [program.scratchHandle(ofOperation: index)]
    }

    private func touch(_ handle: Handle) {
        state.withLock { state in
            state.touched[handle.arena] = max(state.touched[handle.arena] ?? 0, handle.end)
        }
    }
}

/// Work that was done when it was committed.
package struct DoneTicket: Ticket {
    package init() {}

    package func wait() throws(DeviceError) {}
}
