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
