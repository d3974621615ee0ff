import BoraCPU
import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraVulkan

/// A machine whose GPUs are logical devices on one GPU, beside a CPU.
package final class CarvedMachine: DeviceProvider {
    private let gpus: Int
    private let physical: VulkanPhysicalDevice
    private let isExact: Bool
    /// Keeps the GPU open, with its pipelines, between the models that are loaded on it.
    private let first: VulkanDevice

    /// - Parameter gpus: how many to carve.
    package init(_ physical: VulkanPhysicalDevice, gpus: Int, isExact: Bool) throws {
        self.gpus = gpus
        self.physical = physical
        self.isExact = isExact
        first = try VulkanDevice(physical, id: .gpu(0), isExact: isExact)
    }

    package var layouts: [any BackendLayout] {
        [CPULayout(threads: 1, isExact: isExact), first.layout]
    }

    package func currentInventory() -> Inventory {
        let ids = (0..<gpus).map { DeviceID.gpu($0) } + [.cpu]
        return Inventory(
            pools: ["gpu", "host"].map {
                .init(name: $0, totalBytes: 1 << 40, availableBytes: 1 << 40, source: "test")
            },
            devices: ids.map { id in
                var device = Inventory.Device(
                    id: id, model: "test", pool: id.kind == .gpu ? 0 : 1, cores: 1,
                    overheadBytes: 0)
                device.isNamed = true
                device.carvedBytes = 1 << 30
                return device
            })
    }

    package func devices(for map: DeviceMap) throws -> [any Device] {
        try map.devices.map { id in
            guard id.kind == .gpu else { return try CPUDevice(threads: 1, isExact: isExact) }
            return try VulkanDevice(physical, id: id, isExact: isExact)
        }
    }
}
