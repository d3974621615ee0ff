import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraModels
import Synchronization

/// A model that stays loaded: when a device of its map fails, it is planned anew on what is left
/// and loaded there.
package final class RecoverableModel: Sendable {
    private struct State {
        var loader: ModelLoader
        /// The map it is loaded by, or was last.
        var map: DeviceMap
        /// The model, or what it could not recover from.
        var loaded: Result<LoadedModel, DeviceError>
    }

    package let model: Model
    private let notice: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - map: made for `policy` on the devices of `provider`; another one takes its place where
    ///     they have less memory by now.
    ///   - progress: called from any thread with the bytes done so far and their total.
    ///   - notice: called from any thread with what the user should know: a device was lost, the
    ///     model lies elsewhere now, the cache has grown.
    package init(
        _ model: Model, map: DeviceMap, policy: MappingPolicy, on provider: any DeviceProvider,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
        notice: @escaping @Sendable (String) -> Void
    ) throws {
        self.model = model
        self.notice = notice
        var loader = ModelLoader(model, policy: policy, on: provider, notice: notice)
        let loaded = try loader.load(by: map, progress: progress)
        state = Mutex(State(loader: loader, map: loaded.map, loaded: .success(loaded)))
    }

    /// The map it is loaded by, or was last.
    package var map: DeviceMap { state.withLock { $0.map } }

    /// nil while no device has room for it.
    package var loaded: LoadedModel? { try? state.withLock { $0.loaded }.get() }

    /// Starts a step, which runs after those that were started before it.
    ///
    /// - Throws: where the model could not be loaded again, what it failed with.
    package func start(_ step: Step) throws -> any RunningStep {
        let loaded = try state.withLock { $0.loaded }.get()
        let known = loaded.workspaceGrowth
        let running = try loaded.start(step)
        let growth = loaded.workspaceGrowth
        if growth > known {
            notice(
                "a step has outgrown the planned workspace (--max-seq-len, --max-batch-size), "
                    + "which takes \(ByteCount(growth)) more")
        }
        return running
    }

    /// Makes room for so many KV blocks in each group, on all devices or none.
    package func growKV(toBlocks counts: [Int]) throws {
        let loaded = try state.withLock { $0.loaded }.get()
        try loaded.growKV(toBlocks: counts)
        let planned = loaded.map.bills.reduce(0) { $0 + $1.weights + $1.kv + $1.workspace }
        let taken = loaded.devices.reduce(0) { $0 + $1.account.takenBytes }
        notice(
            "the KV cache has outgrown its plan (--max-seq-len, --max-batch-size), and takes "
                + "\(ByteCount(taken - planned)) more")
    }

    /// Plans and loads anew after a device failed; no step is under way. What was stored is gone.
    /// One caller at a time.
    ///
    /// - Throws: why no map can be made of what is left. It can be tried again.
    package func recover(from error: DeviceError) throws {
        let (known, map) = state.withLock { state in
            // Its memory is what the next one is loaded into.
            state.loaded = .failure(error)
            return (state.loader, state.map)
        }
        var loader = known
        defer { state.withLock { $0.loader = loader } }
        let loaded = try loader.reload(after: error, under: map)
        state.withLock { state in
            state.map = loaded.map
            state.loaded = .success(loaded)
        }
    }
}
