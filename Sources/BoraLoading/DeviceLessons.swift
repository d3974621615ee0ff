import BoraDeviceMapping
import BoraDevices

/// What failures have taught about the devices of a machine, which an inventory does not say.
struct DeviceLessons: Sendable {
    private var lost: Set<DeviceID> = []
    /// Budgets that were too much, less a sixteenth: drivers may refuse what they report as free.
    private var budgets: [DeviceID: Int] = [:]

    /// - Parameter map: what was being loaded or run. Each lesson leaves its device less than it
    ///   had there, so that planning again and again comes to an end.
    mutating func learn(from error: DeviceError, under map: DeviceMap) {
        switch error.code {
        case .lost: lost.insert(error.device)
        case .outOfMemory:
            guard let bill = map.bills.first(where: { $0.device == error.device }) else { return }
            budgets[error.device] = bill.total - max(1, bill.total / 16)
        case .tokenOutOfRange, .guardBroken: break
        }
    }

    /// What is left of a machine.
    func applied(to inventory: Inventory) -> Inventory {
        Inventory(
            pools: inventory.pools,
            devices: inventory.devices.filter { !lost.contains($0.id) }.map { device in
                var device = device
                if let budget = budgets[device.id] {
                    device.carvedBytes = min(device.carvedBytes ?? .max, budget)
                }
                return device
            },
            links: inventory.links.filter { !lost.contains($0.from) && !lost.contains($0.to) })
    }

    /// What the user wished for, without what was to be on devices that are lost.
    func applied(to policy: MappingPolicy) -> MappingPolicy {
        var policy = policy
        policy.pins.removeAll { lost.contains($0.device) }
        if policy.deviceLayers?.entries.contains(where: { lost.contains($0.device) }) == true {
            policy.deviceLayers = nil
        }
        return policy
    }
}
