import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraVulkan

/// The devices of this machine that are in use: the only place that knows concrete backends.
struct Machine: Sendable {
    /// What the process takes besides arenas, for a vocabulary of 128,256 tokens: the tokenizer's
    /// tables, the file's metadata, stacks and the runtime (measured: docs/PERFORMANCE.md).
    private static let hostOverhead = 64 << 20
    /// What a driver takes of a GPU for its context and pipelines is measured with the speeds. This
    /// is assumed before, and of drivers that do not say. It is no part of what a user carves.
    private static let gpuOverhead = 64 << 20

    private(set) var inventory: Inventory
    let threads: Int
    let cpuLayout: CPULayout
    let kernels: KernelSet
    let gpus: GPUs
    /// The GPU under each logical one.
    private let physical: [DeviceID: VulkanPhysicalDevice]

    /// Finds the devices and, where the options name some, takes and carves those.
    ///
    /// - Throws: for a list of devices that cannot be read or had.
    init(_ options: RuntimeOptions) throws {
        let probe = HostProbe()
        let cores = probe.cores()
        threads = options.threads ?? cores
        cpuLayout = CPULayout(threads: threads, isExact: options.computeType == .f32)
        kernels = try .requested()
        gpus = options.cpuOnly || options.hypotheticalRig != nil ? .none : GPUs()
        let host = try probe.memory()
        let cpu = Inventory.Device(
            id: .cpu, model: probe.model(), pool: 0, cores: cores,
            overheadBytes: Self.hostOverhead, overheadSource: .assumed)
        let found = DeviceSelection(host: host, cpu: cpu, gpus: gpus.usable, Self.gpuOverhead)
        (inventory, physical) = try found.chosen(by: options.devices)
    }

    /// How each kind of device in an inventory stores things; the devices need not be there.
    static func layouts(for inventory: Inventory, cpu: CPULayout) -> [any BackendLayout] {
        let kinds = Set(inventory.devices.map(\.id.kind))
        return (kinds.contains(.cpu) ? [cpu] : [])
            + (kinds.contains(.gpu) ? [VulkanLayout(isExact: cpu.isExact)] : [])
    }

    /// Makes the devices of a map, in its order.
    func devices(for map: DeviceMap) throws -> [any Device] { try map.devices.map(device) }

    private func device(_ id: DeviceID) throws -> any Device {
        guard let gpu = physical[id] else {
            return try CPUDevice(
                id: id, threads: threads, isExact: cpuLayout.isExact, kernels: kernels)
        }
        return try VulkanDevice(gpu, id: id, isExact: cpuLayout.isExact)
    }

    var hasGPU: Bool { !physical.isEmpty }

    /// What a GPU in use has beside what every one has, for people; nil for the CPU.
    func gpu(_ id: DeviceID) -> VulkanPhysicalDevice? { physical[id] }

    // MARK: Speeds

    /// Adds what was measured of the devices in use and of the links between them. What has not
    /// been measured on this machine with these drivers is measured now, and kept: for each kind of
    /// device that takes half a second, and a tenth more for each format; a second more where other
    /// programs are in the way.
    ///
    /// - Parameters:
    ///   - types: the weight formats that speeds are wanted of.
    ///   - again: measures although there are figures.
    ///   - report: gets what is about to be measured.
    mutating func addSpeeds(
        of types: [ElementType] = ElementType.allCases, again: Bool = false,
        report: (String) -> Void
    ) throws {
        let cache = SpeedCache()
        var known: [String: SpeedMeasurement.Result] = [:]
        for device in inventory.devices where known[key(of: device)] == nil {
            let key = key(of: device)
            let entry = again ? nil : cache[key]
            let kept = entry.flatMap { $0.isDue ? nil : $0.result }
            if let kept, types.allSatisfy({ kept.speed[$0] != nil }) {
                known[key] = kept
                continue
            }
            report("Measuring the speed of \(device.id)")
            let result = try measured(device, types, beside: kept)
            known[key] = result
            cache.keep(result, as: key)
        }
        setSpeeds(known)
    }

    private func measured(
        _ device: Inventory.Device, _ types: [ElementType], beside kept: SpeedMeasurement.Result?
    ) throws -> SpeedMeasurement.Result {
        let opened = try self.device(device.id)
        var result = try SpeedMeasurement.measure(
            opened, memory: inventory.pools[device.pool].availableBytes / 2, types: types,
            beside: kept)
        // More formats are more pipelines.
        if let gpu = opened as? VulkanDevice, let taken = gpu.driverBytes {
            result.driverBytes = max(taken, kept?.driverBytes ?? 0)
        }
        return result
    }

    /// Adds what was measured earlier, if that is so of every device in use.
    mutating func addKnownSpeeds() {
        let cache = SpeedCache()
        var known: [String: SpeedMeasurement.Result] = [:]
        for device in inventory.devices { known[key(of: device)] = cache[key(of: device)]?.result }
        setSpeeds(known)
    }

    /// Sets speeds, and the links that follow from what reading and writing take.
    private mutating func setSpeeds(_ known: [String: SpeedMeasurement.Result]) {
        let results = inventory.devices.compactMap { known[key(of: $0)] }
        guard results.count == inventory.devices.count else { return }
        let devices = zip(inventory.devices, results).map { device, result in
            var device = device
            device.speed = result.speed
            if device.overheadSource != nil, let bytes = result.driverBytes {
                device.overheadBytes = bytes
                device.overheadSource = .measured
            }
            return device
        }
        let links = zip(devices, results).flatMap { from, own in
            zip(devices, results).filter { $0.0.id != from.id }.map { to, other in
                own.transfer.link(from: from.id, to: to.id, receiving: other.transfer)
            }
        }
        inventory = Inventory(pools: inventory.pools, devices: devices, links: links)
    }

    /// What the figures of a device depend on.
    private func key(of device: Inventory.Device) -> String {
        let arithmetic = cpuLayout.isExact ? "exact" : "auto"
        // The host's part in what a GPU does, and the CPU's speed, change with the processor.
        let host = "\(inventory[.cpu]?.model ?? HostProbe().model()) \(kernels.name)"
        guard let gpu = physical[device.id] else { return "cpu \(host) \(threads) \(arithmetic)" }
        return "gpu \(gpu.identity) \(host) \(arithmetic)"
    }
}
