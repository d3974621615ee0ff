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
        fatalError("not wired yet")
    }
}
