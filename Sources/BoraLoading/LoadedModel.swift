import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraModels
import Synchronization

/// A model whose weights lie on the devices of its map, ready to run steps.
package final class LoadedModel: Sendable {
    package let model: Model
    package let map: DeviceMap
    /// In the order of the map.
    package let devices: [any Device]
    let layout: ModelLayout
    /// nil where one device has it all: then there is nothing between the engine and the device.
    let pipeline: Pipeline?
    /// Steps that may be under way at once: as many as there are segments, each at work on another.
    package let depth: Int
    /// What each device has for its workspace now: as planned, or grown.
    let workspaceBytes: Mutex<[Int]>
    /// What the last step was recorded as.
    let lastProgram = Mutex<Program?>(nil)

    /// Takes what the map says from each device and stores the weights there, on all devices at
    /// once. Each tensor goes straight from the checkpoint's file to its device; a tied embedding
    /// that lies on two devices is read from the file once and copied twice from the page cache.
    ///
    /// - Parameters:
    ///   - devices: in the order of `map.devices`; nothing has been allocated on them.
    ///   - progress: called from any thread with the bytes of the checkpoint done so far and their
    ///     total.
    /// - Throws: `LoadingError`, `DeviceError`, `SystemError`. Whatever was taken is given back
    ///   with the devices.
    package init(
        _ model: Model, map: DeviceMap, devices: [any Device],
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        guard map.fingerprint == model.fingerprint else {
            throw LoadingError(
                .otherCheckpoint(planned: map.fingerprint, found: model.fingerprint),
                of: model.name)
        }
        let ids = devices.map(\.id)
        precondition(ids == map.devices, "devices \(ids) are not those of the map")
        let layout = ModelLayout(
            model, layouts: devices.map(\.layout), blocksPerGroup: map.blocksPerGroup
        ) { part in
            ids.firstIndex(of: map.device(of: part))!
        }
        let pipeline = devices.count > 1 ? try Pipeline(devices) : nil
        let loading = DeviceLoading(
            model: model, map: map, layout: layout, devices: devices,
            progress: Self.summing(to: Self.sourceBytes(of: model, by: map), progress))
        // All devices have room for their share before the first is given its weights.
        for work in [loading.allocate, loading.store] {
            if let pipeline { try pipeline.forEachDevice(work) } else { try work(0) }
        }
        self.model = model
        self.map = map
        self.devices = devices
        self.layout = layout
        self.pipeline = pipeline
        let token = Step.planned(rows: 1, sequences: 1, outputRows: 1, context: 1)
        depth = model.program(for: token, binding: layout.binding).segments.count
        workspaceBytes = Mutex(map.bills.map(\.workspace))
    }

    /// Adds up the bytes that each call says were done since the last.
    private static func summing(
        to total: Int, _ progress: @escaping @Sendable (Int, Int) -> Void
    ) -> @Sendable (Int) -> Void {
        let done = Mutex(0)
        return { bytes in
            let now = done.withLock {
                $0 += bytes
                return $0
            }
            progress(now, total)
        }
    }

    /// Bytes of the checkpoint that loading by a map stores.
    private static func sourceBytes(of model: Model, by map: DeviceMap) -> Int {
        struct Place: Hashable {
            let name: String
            let device: DeviceID
        }
        var seen = Set<Place>()
        return model.weights.reduce(0) { sum, weight in
            let place = Place(name: weight.name, device: map.device(of: weight.part))
            return seen.insert(place).inserted ? sum + weight.sourceBytes : sum
        }
    }
}

/// What is done with each device to load a model.
private struct DeviceLoading: Sendable {
    let model: Model
    let map: DeviceMap
    let layout: ModelLayout
    let devices: [any Device]
    let progress: @Sendable (Int) -> Void

    /// Takes a device's arenas, and checks that they are those of its bill.
    @Sendable func allocate(on index: Int) throws {
        let (bill, arenas) = (map.bills[index], layout.arenas[index])
        try devices[index].allocate(
            ArenaSizes(
                weights: arenas.weights, weightStarts: arenas.weightStarts, kv: arenas.kv,
                workspace: bill.workspace))
        let planned = bill.weights + bill.kv + bill.workspace
        let taken = devices[index].account.takenBytes
        guard taken == planned else {
            throw LoadingError(
                .planBroken(device: bill.device, planned: planned, taken: taken), of: model.name)
        }
    }

    @Sendable func store(on index: Int) throws {
        let uploads = try layout.stored.filter { $0.target.handle.device == index }.map {
            switch $0.declaration.source {
            case .tensor(let slice): WeightUpload(target: $0.target, source: .slice(slice))
            case .computed(let values):
                WeightUpload(target: $0.target, source: .values(values()))
            case .absent: throw LoadingError(.noWeights($0.declaration.name), of: model.name)
            }
        }
        try devices[index].store(uploads, progress: progress)
    }
}

extension WeightDeclaration {
    /// What a device is given of it.
    fileprivate var sourceBytes: Int { type.bytes(elements: rows * columns) ?? 0 }
}
