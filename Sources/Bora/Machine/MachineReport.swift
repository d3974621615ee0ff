import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraVulkan

/// The devices of this machine that are in use: memory, and speeds once they are measured.
public struct MachineReport: Codable, Sendable {
    public struct Device: Codable, Sendable {
        /// `cpu`, `gpu[0]`.
        public let name: String
        public let model: String
        /// Physical cores, or compute units.
        public let cores: Int
        /// The instruction set that the CPU's kernels use, `avx512vnni`; a GPU's driver.
        public let backend: String
        public let totalBytes: Int
        public let availableBytes: Int
        /// Which of the system's figures `availableBytes` is.
        public let source: String
        /// The budget that was carved for it.
        public let carvedBytes: Int?
        /// What it takes besides what a model asks for.
        public let overheadBytes: Int
        /// How that is known: `measured`, `assumed`; nil where nothing is taken.
        public let overheadSource: String?
        /// What a GPU and its driver offer.
        public let features: [Feature]
        /// nil until measured.
        public let speeds: Speeds?
    }

    public struct Feature: Codable, Sendable {
        public let name: String
        public let value: String
    }

    public struct Speeds: Codable, Sendable {
        public struct Format: Codable, Sendable {
            /// As the field writes it: `Q4_K`.
            public let type: String
            /// Bytes of weights, with one column of activations.
            public let bytesPerSecond: Double
            /// Multiplications and additions, with the columns of a prompt's chunk.
            public let operationsPerSecond: Double
            /// Fixed cost of a row of weights with one column.
            public let rowSeconds: Double
        }

        public let formats: [Format]
        /// Keys and values read by attention of one token.
        public let cacheBytesPerSecond: Double
        /// The same where a step reads no more than a processor's own caches keep (4 MiB).
        public let nearCacheBytesPerSecond: Double
        /// Fixed cost of a token's keys and values in one head.
        public let headTokenSeconds: Double
        /// Multiplications and additions of a prompt's attention.
        public let attentionOperationsPerSecond: Double
        /// Fixed cost of a segment.
        public let segmentSeconds: Double
        /// Fixed cost of a layer's operations.
        public let layerSeconds: Double
        /// Whether other programs kept the processor busy meanwhile, so that the device is faster
        /// than it seems.
        public let isDisturbed: Bool
    }

    /// What handing hidden states over takes.
    public struct Link: Codable, Sendable {
        public let from: String
        public let to: String
        public let bytesPerSecond: Double
        public let seconds: Double
    }

    public let devices: [Device]
    /// One for each direction between two devices; empty until measured.
    public let links: [Link]
    /// Why there are no more devices, a sentence each.
    public let remarks: [String]

    /// - Parameters:
    ///   - measure: measures the speeds, which takes seconds, and keeps them.
    ///   - report: gets what is about to be measured.
    public init(
        measure: Bool = false, options: RuntimeOptions = RuntimeOptions(),
        report: (String) -> Void = { _ in }
    ) throws {
        try options.validate()
        var machine = try Machine(options)
        if measure {
            try machine.addSpeeds(again: true, report: report)
        } else {
            machine.addKnownSpeeds()
        }
        let inventory = machine.inventory
        devices = inventory.devices.map { device in
            let pool = inventory.pools[device.pool]
            let gpu = machine.gpu(device.id)
            return Device(
                name: device.id.description, model: device.model, cores: device.cores,
                backend: gpu?.driver ?? machine.kernels.name, totalBytes: pool.totalBytes,
                availableBytes: pool.availableBytes, source: pool.source,
                carvedBytes: device.carvedBytes, overheadBytes: device.overheadBytes,
                overheadSource: device.overheadSource?.rawValue,
                features: gpu?.features.map { Feature(name: $0.name, value: $0.value) } ?? [],
                speeds: device.speed.map(Speeds.init))
        }
        links = inventory.links.map {
            Link(
                from: $0.from.description, to: $0.to.description,
                bytesPerSecond: $0.bytesPerSecond, seconds: $0.latency)
        }
        remarks = machine.gpus.remarks
    }
}

extension MachineReport.Speeds {
    fileprivate init(_ speed: DeviceSpeed) {
        self.init(
            formats: speed.formats.map {
                Format(
                    type: $0.type.displayName, bytesPerSecond: $0.bytesPerSecond,
                    operationsPerSecond: $0.operationsPerSecond, rowSeconds: $0.rowOverhead)
            },
            cacheBytesPerSecond: speed.cacheBytesPerSecond,
            nearCacheBytesPerSecond: speed.nearCacheBytesPerSecond,
            headTokenSeconds: speed.headTokenOverhead,
            attentionOperationsPerSecond: speed.attentionOperationsPerSecond,
            segmentSeconds: speed.segmentOverhead, layerSeconds: speed.layerOverhead,
            isDisturbed: speed.isDisturbed)
    }
}
