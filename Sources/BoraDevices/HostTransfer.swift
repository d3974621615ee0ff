import BoraDeviceMapping

/// What it costs to read tensors from a device into the host's memory, and to write them there.
/// Hidden states go from one device to another in these two steps.
package struct HostTransfer: Codable, Equatable, Sendable {
    package let readBytesPerSecond: Double
    /// Fixed cost of a read, in seconds.
    package let readLatency: Double
    package let writeBytesPerSecond: Double
    /// Fixed cost of a write, in seconds.
    package let writeLatency: Double

    package init(
        readBytesPerSecond: Double, readLatency: Double, writeBytesPerSecond: Double,
        writeLatency: Double
    ) {
        self.readBytesPerSecond = readBytesPerSecond
        self.readLatency = readLatency
        self.writeBytesPerSecond = writeBytesPerSecond
        self.writeLatency = writeLatency
    }

    /// The link from a device with these costs to another with its own.
    package func link(
        from: DeviceID, to: DeviceID, receiving other: HostTransfer
    ) -> Inventory.Link {
        Inventory.Link(
            from: from, to: to,
            bytesPerSecond: 1 / (1 / readBytesPerSecond + 1 / other.writeBytesPerSecond),
            latency: readLatency + other.writeLatency)
    }
}
