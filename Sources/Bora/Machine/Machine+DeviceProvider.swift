import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraVulkan

extension Machine: DeviceProvider {
    var layouts: [any BackendLayout] { Self.layouts(for: inventory, cpu: cpuLayout) }

    /// The devices in use with what their memories have left by now.
    func currentInventory() throws -> Inventory {
        let pools = try inventory.pools.enumerated().map { index, pool in
            // The host's memory is the first pool.
            guard index > 0 else { return try HostProbe().memory() }
            let device = inventory.devices.first { $0.pool == index }
            guard let memory = device.flatMap({ gpu($0.id)?.memory }) else { return pool }
            return Inventory.Pool(
                name: pool.name, totalBytes: memory.totalBytes,
                availableBytes: memory.availableBytes, source: memory.source)
        }
        return Inventory(pools: pools, devices: inventory.devices, links: inventory.links)
    }
}
