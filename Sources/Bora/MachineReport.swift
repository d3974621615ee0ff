import BoraCPU
import BoraDeviceMapping

/// The devices of this machine: memory, and speeds once they are measured.
public struct MachineReport: Codable, Sendable {
    public struct Device: Codable, Sendable {
        /// `cpu`, `gpu[0]`.
        public let name: String
        public let model: String
        public let cores: Int
        /// The instruction set that the kernels use: `avx512vnni`.
        public let instructionSet: String
        public let totalBytes: Int
        public let availableBytes: Int
        /// Which of the system's figures `availableBytes` is.
        public let source: String
        /// Measured with all cores; nil until measured.
        public let speeds: Speeds?
    }

    public struct Speeds: Codable, Sendable {
        public let readBytesPerSecond: Double
        public let int8OperationsPerSecond: Double
        public let f32OperationsPerSecond: Double
    }

    public let devices: [Device]

    /// - Parameter measure: measures the speeds, which takes a second or two.
    public init(measure: Bool = false, options: RuntimeOptions = RuntimeOptions()) throws {
        try options.validate()
        let machine = try Machine(options)
        let speeds = measure ? try Speeds(machine) : nil
        devices = machine.inventory.devices.map { device in
            let pool = machine.inventory.pools[device.pool]
            return Device(
                name: device.id.description, model: device.model, cores: device.cores,
                instructionSet: machine.kernels.name, totalBytes: pool.totalBytes,
                availableBytes: pool.availableBytes, source: pool.source, speeds: speeds)
        }
    }
}

extension MachineReport.Speeds {
    fileprivate init(_ machine: Machine) throws {
        let measured = try MeasuredSpeeds.measure(
            threads: machine.threads, kernels: machine.kernels)
        readBytesPerSecond = measured.readBytesPerSecond
        int8OperationsPerSecond = measured.int8OperationsPerSecond
        f32OperationsPerSecond = measured.f32OperationsPerSecond
    }
}
