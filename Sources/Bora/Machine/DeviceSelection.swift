import BoraDeviceMapping
import BoraVulkan

/// All that a machine has, and the choice among it.
struct DeviceSelection {
    private let host: Inventory.Pool
    private let cpu: Inventory.Device
    private let gpus: [VulkanPhysicalDevice]
    private let gpuOverhead: Int

    /// - Parameter gpuOverhead: bytes that a driver takes of a GPU for itself.
    init(
        host: Inventory.Pool, cpu: Inventory.Device, gpus: [VulkanPhysicalDevice],
        _ gpuOverhead: Int
    ) {
        self.host = host
        self.cpu = cpu
        self.gpus = gpus
        self.gpuOverhead = gpuOverhead
    }

    /// The devices that a list names, carved where it gives sizes, or all of them. GPUs get new
    /// ordinals: those in use are counted.
    func chosen(
        by text: String?
    ) throws(DeviceListError) -> (Inventory, [DeviceID: VulkanPhysicalDevice]) {
        var pools = [host]
        // A GPU that has no memory of its own computes in the host's.
        let poolOfGPU = gpus.enumerated().map { index, gpu in
            guard ![.integrated, .software].contains(gpu.kind) else { return 0 }
            let memory = gpu.memory
            pools.append(
                .init(
                    name: gpus.count { $0.name == gpu.name } > 1
                        ? "\(gpu.name) \(index)" : gpu.name,
                    totalBytes: memory.totalBytes, availableBytes: memory.availableBytes,
                    source: memory.source))
            return pools.count - 1
        }
        let all = gpus.indices.map { DeviceID.gpu($0) } + [.cpu]
        let list =
            try text.map { text throws(DeviceListError) in
                try DeviceList(parsing: text, machine: all) { device in
                    pools[device == .cpu ? cpu.pool : poolOfGPU[device.ordinal]].totalBytes
                }
            } ?? DeviceList(all: all)
        var devices: [Inventory.Device] = []
        var physical: [DeviceID: VulkanPhysicalDevice] = [:]
        for entry in list.entries {
            var device = cpu
            if entry.device.kind == .gpu {
                let gpu = gpus[entry.device.ordinal]
                let id = DeviceID.gpu(physical.count)
                physical[id] = gpu
                device = Inventory.Device(
                    id: id, model: gpu.name, pool: poolOfGPU[entry.device.ordinal],
                    cores: gpu.computeUnits,
                    overheadBytes: entry.bytes == nil ? gpuOverhead : 0,
                    overheadSource: entry.bytes == nil ? .assumed : nil)
                device.stagingBytes = VulkanDevice.stagingBytes
                // Whoever lets a device in software in wants to see it used.
                device.isNamed = text != nil || gpu.isSoftware
            } else {
                device.isNamed = text != nil
            }
            device.carvedBytes = entry.bytes
            devices.append(device)
        }
        return (Inventory(pools: pools, devices: devices), physical)
    }
}
