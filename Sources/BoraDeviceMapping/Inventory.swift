/// The devices of a machine and the memories they use, as found at one moment.
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
        package let overheadBytes: Int

        package init(id: DeviceID, model: String, pool: Int, cores: Int, overheadBytes: Int) {
            self.id = id
            self.model = model
            self.pool = pool
            self.cores = cores
            self.overheadBytes = overheadBytes
        }
    }

    package let pools: [Pool]
    package let devices: [Device]

    package init(pools: [Pool], devices: [Device]) {
        self.pools = pools
        self.devices = devices
    }
}
