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
    /// What each device has for its workspace now: as planned, or grown.
    let workspaceBytes: Mutex<[Int]>

    /// Takes what the map says from each device and stores the weights there.
    ///
    /// - Parameters:
    ///   - devices: in the order of `map.devices`; nothing has been allocated on them.
    ///   - progress: called from any thread with the source bytes done since the last call.
    /// - Throws: `LoadingError`, `DeviceError`. Whatever was taken is given back with the devices.
    package init(
        _ model: Model, map: DeviceMap, devices: [any Device],
        progress: @escaping @Sendable (Int) -> Void
    ) throws {
        guard map.fingerprint == model.fingerprint else {
            throw LoadingError(
                .otherCheckpoint(planned: map.fingerprint, found: model.fingerprint),
                of: model.name)
        }
        let ids = devices.map(\.id)
        precondition(ids == map.devices, "devices \(ids) are not those of the map")
        self.model = model
        self.map = map
        self.devices = devices
        workspaceBytes = Mutex(map.bills.map(\.workspace))
        layout = ModelLayout(
            model, layouts: devices.map(\.layout), blocksPerGroup: map.blocksPerGroup
        ) { part in
            ids.firstIndex(of: map.device(of: part))!
        }
        for (index, device) in devices.enumerated() {
            let arenas = layout.arenas[index]
            try device.allocate(
                ArenaSizes(
                    weights: arenas.weights, kv: arenas.kv, workspace: map.bills[index].workspace))
            try checkPlan(of: index)
            try device.store(uploads(to: index), progress: progress)
        }
    }

    /// Bytes of the checkpoint that loading reads: what `progress` adds up to.
    package static func sourceBytes(of model: Model) -> Int {
        var seen = Set<String>()
        return model.weights.reduce(0) { sum, weight in
            guard case .tensor(let slice) = weight.source, seen.insert(weight.name).inserted
            else { return sum }
            return sum + slice.count
        }
    }

    private func uploads(to device: Int) throws -> [WeightUpload] {
        try layout.stored.filter { $0.target.handle.device == device }.map { declaration, target in
            switch declaration.source {
            case .tensor(let slice): WeightUpload(target: target, source: .slice(slice))
            case .computed(let values): WeightUpload(target: target, source: .values(values()))
            case .absent: throw LoadingError(.noWeights(declaration.name), of: model.name)
            }
        }
    }

    /// The plan never lies: what a device counts is what its bill says.
    private func checkPlan(of index: Int) throws {
        let bill = map.bills[index]
        let planned = bill.weights + bill.kv + bill.workspace
        let taken = devices[index].account.takenBytes
        guard taken == planned else {
            throw LoadingError(
                .planBroken(device: bill.device, planned: planned, taken: taken), of: model.name)
        }
    }
}
