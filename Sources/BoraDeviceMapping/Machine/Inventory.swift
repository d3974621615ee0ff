import BoraCore

/// The devices of a machine, the memories they use, how fast they are and how they are linked, as
/// found at one moment. Times are seconds and rates are per second.
package struct Inventory: Codable, Equatable, Sendable {
    /// A physical memory that one or more devices share.
    package struct Pool: Codable, Equatable, Sendable {
        package let name: String
        package let totalBytes: Int
        package let availableBytes: Int
        /// Which of the system's figures `availableBytes` is: "MemAvailable", "cgroup limit".
        package let source: String

        package init(name: String, totalBytes: Int, availableBytes: Int, source: String) {
            self.name = name
            self.totalBytes = totalBytes
            self.availableBytes = availableBytes
            self.source = source
        }
    }

    package struct Device: Codable, Equatable, Sendable {
        package let id: DeviceID
        /// The maker's name of it, for people.
        package let model: String
        /// Index into `pools`.
        package let pool: Int
        /// Physical cores or compute units.
        package let cores: Int
        /// What the device takes besides arenas: contexts, pipelines, tokenizer tables.
        package var overheadBytes: Int
        /// Where that figure comes from; nil where nothing is taken.
        package var overheadSource: OverheadSource?
        /// Host memory that it pins for uploads and for what crosses; 0 for the CPU.
        package var stagingBytes = 0
        /// The budget that the user carved for it, used as given; nil for what its pool has
        /// available less the reserve.
        package var carvedBytes: Int?
        /// Whether the user named it: then it is eligible whatever its speed.
        package var isNamed = false
        /// nil where nothing has been measured.
        package var speed: DeviceSpeed?

        package init(
            id: DeviceID, model: String, pool: Int, cores: Int, overheadBytes: Int,
            overheadSource: OverheadSource? = nil
        ) {
            self.id = id
            self.model = model
            self.pool = pool
            self.cores = cores
            self.overheadBytes = overheadBytes
            self.overheadSource = overheadSource
        }
    }

    /// How it is known what a device takes besides arenas.
    package enum OverheadSource: String, Codable, Sendable {
        /// On this machine, with this driver.
        case measured
        case assumed
    }

    /// What it costs to hand hidden states from one device to another.
    package struct Link: Codable, Equatable, Sendable {
        package let from: DeviceID
        package let to: DeviceID
        package let bytesPerSecond: Double
        /// Fixed cost of a hop, in seconds.
        package let latency: Double

        package init(from: DeviceID, to: DeviceID, bytesPerSecond: Double, latency: Double) {
            self.from = from
            self.to = to
            self.bytesPerSecond = bytesPerSecond
            self.latency = latency
        }
    }

    package let pools: [Pool]
    package let devices: [Device]
    /// One per ordered pair of devices; empty where nothing has been measured.
    package var links: [Link] = []

    package init(pools: [Pool], devices: [Device], links: [Link] = []) {
        self.pools = pools
        self.devices = devices
        self.links = links
    }

    package subscript(id: DeviceID) -> Device? { devices.first { $0.id == id } }
}
