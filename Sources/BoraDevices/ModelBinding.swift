import BoraDeviceMapping

/// A weight as a model declares it: an index into the model's declarations.
package struct WeightID: Hashable, Sendable {
    package let index: Int

    package init(_ index: Int) { self.index = index }
}

/// Where everything that a forward pass names is: the result of laying a model out by a device map.
package struct ModelBinding: Sendable {
    /// Devices in the order of the map, as storage layouts.
    package let layouts: [any BackendLayout]
    /// By weight id.
    package let weights: [StoredWeight]
    /// By layer.
    package let slots: [KVSlot]
    /// Device of the embedding, of each layer, of the head.
    private let devices: [Part: Int]

    package init(
        layouts: [any BackendLayout], weights: [StoredWeight], slots: [KVSlot],
        devices: [Part: Int]
    ) {
        self.layouts = layouts
        self.weights = weights
        self.slots = slots
        self.devices = devices
    }

    /// The device that runs a part. Traps for a part the model does not have.
    package func device(of part: Part) -> Int {
        guard let device = devices[part] else { preconditionFailure("no device for \(part)") }
        return device
    }
}
