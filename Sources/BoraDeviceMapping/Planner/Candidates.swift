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
