import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraModels

/// Loads a model by a map, and makes another map where the devices are not what they were.
struct ModelLoader: Sendable {
    let model: Model
    /// What to plan for.
    let policy: MappingPolicy
    let provider: any DeviceProvider
    /// Called with what the user should know.
    let notice: @Sendable (String) -> Void
    private var lessons = DeviceLessons()

    init(
        _ model: Model, policy: MappingPolicy, on provider: any DeviceProvider,
        notice: @escaping @Sendable (String) -> Void
    ) {
        self.model = model
        self.policy = policy
        self.provider = provider
        self.notice = notice
    }

    /// Loads by a map that was made before. Where a device has less memory left by now than the map
    /// takes, or none when asked, another map is made of what there is.
    ///
    /// - Parameter progress: called from any thread with the bytes done so far and their total.
    mutating func load(
        by planned: DeviceMap, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) throws -> LoadedModel {
        var map = planned
        if let shortage = Self.shortage(of: map, in: try provider.currentInventory()) {
            map = try plan(because: shortage)
        }
        while true {
            do {
                return try load(map, progress)
            } catch let error as DeviceError where error.isOfDevice {
                map = try plan(learningFrom: error, under: map)
            }
        }
    }

    /// Loads anew after a device of a map has failed; nothing of the model is loaded any more.
    mutating func reload(after error: DeviceError, under map: DeviceMap) throws -> LoadedModel {
        try load(by: plan(learningFrom: error, under: map)) { _, _ in }
    }

    private func load(
        _ map: DeviceMap, _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws -> LoadedModel {
        try LoadedModel(
            model, map: map, devices: provider.devices(for: map), progress: progress)
    }

    private mutating func plan(
        learningFrom error: DeviceError, under map: DeviceMap
    ) throws -> DeviceMap {
        lessons.learn(from: error, under: map)
        return try plan(because: error.description)
    }

    /// Makes a map of what is left, and says so.
    private func plan(because reason: String) throws -> DeviceMap {
        let policy = lessons.applied(to: policy)
        let map = try Planner(
            footprint: model.footprint(policy: policy, layouts: provider.layouts),
            inventory: lessons.applied(to: provider.currentInventory()), policy: policy,
            resized: { [model, layouts = provider.layouts] in
                model.footprint(policy: $0, layouts: layouts)
            }
        ).plan()
        let layers = map.layerRuns.map { "\($0.layers.lowerBound)-\($0.layers.upperBound - 1)" }
        let runs = zip(layers, map.layerRuns).map { "layers \($0): \($1.device)" }
        notice("\(reason). Planned again: \(runs.joined(separator: ", "))")
        return map
    }

    /// Why a map cannot be loaded any more, if so. Half of a reserve is for what comes and goes.
    private static func shortage(of map: DeviceMap, in inventory: Inventory) -> String? {
        var needed: [Int: Int] = [:]
        for bill in map.bills {
            guard let device = inventory[bill.device] else { return "\(bill.device) is gone" }
            needed[device.pool, default: 0] += bill.total + bill.reserve / 2
            if let host = inventory[.cpu] { needed[host.pool, default: 0] += bill.staging }
        }
        for (pool, bytes) in needed.sorted(by: { $0.key < $1.key })
        where bytes > inventory.pools[pool].availableBytes {
            let memory = inventory.pools[pool]
            return "the memory '\(memory.name)' has \(ByteCount(memory.availableBytes)) left, and "
                + "the plan takes \(ByteCount(bytes)) of it"
        }
        return nil
    }
}
