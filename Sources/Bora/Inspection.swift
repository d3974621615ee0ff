/// What a model file holds, for people and for programs.
public struct Inspection: Codable, Sendable {
    public struct Fact: Codable, Sendable {
        public let key: String
        /// Long arrays and texts are cut.
        public let value: String
    }

    public struct TensorFact: Codable, Sendable {
        public let name: String
        /// Outermost first.
        public let shape: [Int]
        public let type: String
        public let bytes: Int
    }

    public struct TypeTotal: Codable, Sendable {
        public let type: String
        public let tensors: Int
        public let elements: Int
        public let bytes: Int
    }

    public let name: String
    public let format: String
    public let architecture: String
    public let parameters: Int
    public let bytes: Int
    /// Bits per weight over all tensors.
    public let bitsPerWeight: Double
    public let tokenizer: String?
    public let vocabulary: Int?
    public let chatTemplate: String?
    public let types: [TypeTotal]
    public let metadata: [Fact]
    public let tensors: [TensorFact]
}

extension ModelFile {
    public func inspect() throws -> Inspection { fatalError("not wired yet") }
}
