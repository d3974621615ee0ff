import BoraCore

/// The devices that a plan may use, and why the others are left out.
struct Candidates {
    /// GPUs by ordinal, then the CPU.
    let devices: [Inventory.Device]
    let sites: [PlacementProblem.Site]
    /// Devices that the user fixed, by pin or by manual map.
    let pins: [Part: DeviceID]
    /// A sentence for each GPU that is left out.
    let reasons: [String]
    /// The parts that work on tokens, in the order of the forward pass.
    let parts: [Part]
    /// By device and part.
    let partCosts: [[CostModel.Cost]]

    /// More devices are never offered; a search keeps sets of them in the bits of an integer.
    static let most = 127

    init(_ costs: CostModel, _ inventory: Inventory, _ policy: MappingPolicy) {
        let footprint = costs.footprint
        var pins: [Part: DeviceID] = [:]
        if let manual = policy.deviceLayers {
            let layers = manual.layerDevices(of: footprint.layers)
            for part in costs.order {
                if let layer = part.layer { pins[part] = layers[layer] }
            }
        }
        pins.merge(policy.pins.devices(in: footprint)) { $1 }
        self.pins = pins
        let cpu = inventory.devices.first { $0.id.kind == .cpu }
        let gpus = inventory.devices.filter { $0.id.kind == .gpu }
            .sorted { $0.id.ordinal < $1.id.ordinal }
        let table = CostTable(costs, gpus + (cpu.map { [$0] } ?? []))
        parts = table.parts
        let cpuTime = cpu.map { table.layerTime(on: $0) }
        var reasons: [String] = []
        var eligible: [Inventory.Device] = []
        let pinned = Set(pins.values)
        for gpu in gpus {
            let time = table.layerTime(on: gpu)
            if pinned.contains(gpu.id) {
                eligible.append(gpu)
            } else if policy.deviceLayers != nil {
                reasons.append("\(gpu.id) is left out: the manual map gives it no layer.")
            } else if gpu.isNamed || !costs.isTimed || cpuTime.map({ time < $0 }) ?? true {
                eligible.append(gpu)
            } else {
                reasons.append(
                    "\(gpu.id) is left out: it is predicted to be no faster with a layer than the "
                        + "CPU.")
            }
        }
        for gpu in eligible.dropFirst(Self.most - 1) {
            reasons.append("\(gpu.id) is left out: a plan uses \(Self.most - 1) GPUs at most.")
        }
        devices = Array(eligible.prefix(Self.most - 1)) + (cpu.map { [$0] } ?? [])
        self.reasons = reasons
        partCosts = devices.map { table[$0] }
        sites = devices.map { device in
            PlacementProblem.Site(
                device: device.id,
                room: inventory.budget(of: device, policy) - device.overheadBytes,
                pool: device.pool, overhead: device.overheadBytes, staging: device.stagingBytes,
                // Without speeds, fewer segments are better.
                segment: costs.isTimed
                    ? CostModel.picoseconds(device.speed?.segmentOverhead ?? 0)
                    : footprint.hiddenBytes,
                isNamed: device.isNamed && device.id.kind == .gpu)
        }
    }

    /// Sites from the fastest with a layer to the slowest.
    func byTime(_ problem: PlacementProblem) -> [Int] {
        let times = devices.indices.map { site in
            problem.units.indices.reduce(0.0) { $0 + Double(problem.time(of: $1, on: site)) }
        }
        return devices.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    }
}

/// What parts cost on devices. Devices of one kind and speed cost the same.
private struct CostTable {
    private let model: CostModel
    /// Those that work on tokens.
    let parts: [Part]
    private var known: [(kind: DeviceKind, speed: DeviceSpeed?, costs: [CostModel.Cost])] = []

    init(_ model: CostModel, _ devices: [Inventory.Device]) {
        self.model = model
        let order = model.order
        let own = order.indices.filter { !order[$0].role.seesImages }
        parts = own.map { order[$0] }
        for device in devices where find(device) == nil {
            let costs = model.costs(on: device)
            known.append((device.id.kind, device.speed, own.map { costs[$0] }))
        }
    }

    subscript(device: Inventory.Device) -> [CostModel.Cost] { find(device) ?? [] }

    private func find(_ device: Inventory.Device) -> [CostModel.Cost]? {
        known.first { $0.kind == device.id.kind && $0.speed == device.speed }?.costs
    }

    /// Time of the expected work in all the layers on one device, in picoseconds.
    func layerTime(on device: Inventory.Device) -> Double {
        let generated = Double(model.policy.expectedWork.generatedTokens)
        return zip(parts, self[device]).reduce(0) { sum, entry in
            guard entry.0.layer != nil else { return sum }
            return sum + Double(entry.1.step) * generated
                + Double(entry.1.chunk) * Double(model.chunks)
        }
    }
}

extension Inventory {
    /// Bytes of a device that a plan may use.
    func budget(of device: Device, _ policy: MappingPolicy) -> Int {
        device.carvedBytes
            ?? max(0, pools[device.pool].availableBytes - reserve(of: device, policy))
    }

    /// Bytes of a device that are left free. What the user carved is used as given.
    func reserve(of device: Device, _ policy: MappingPolicy) -> Int {
        device.carvedBytes == nil ? policy.reserve(ofTotal: pools[device.pool].totalBytes) : 0
    }

    /// Bytes that the devices of a pool may use together.
    func limit(ofPool pool: Int, _ policy: MappingPolicy) -> Int {
        let isWhole = devices.contains { $0.pool == pool && $0.carvedBytes == nil }
        let reserve = isWhole ? policy.reserve(ofTotal: pools[pool].totalBytes) : 0
        return max(0, pools[pool].availableBytes - reserve)
    }
}
