import BoraDeviceMapping
import BoraDevices

/// The devices of a machine, as models are planned for and loaded on them.
package protocol DeviceProvider: Sendable {
    /// How each kind of device in use stores things.
    var layouts: [any BackendLayout] { get }

    /// The devices in use, with the memory that is free now.
    func currentInventory() throws -> Inventory

    /// Makes the devices of a map, in its order, with nothing allocated on them.
    func devices(for map: DeviceMap) throws -> [any Device]
}
