import BoraCore
import BoraFormats

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
    /// Of all tensors.
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
    public func inspect() throws -> Inspection {
        let metadata = checkpoint.metadata
        let parameters = checkpoint.parameterCount
        let bytes = checkpoint.weightBytes
        return Inspection(
            name: name, format: format, architecture: architecture, parameters: parameters,
            bytes: bytes, bitsPerWeight: Double(bytes) * 8 / Double(max(parameters, 1)),
            tokenizer: try tokenizerName,
            vocabulary: try vocabularySize,
            chatTemplate: try chatTemplate,
            types: checkpoint.typeTotals.map {
                Inspection.TypeTotal(
                    type: $0.type.displayName, tensors: $0.tensors, elements: $0.elements,
                    bytes: $0.bytes)
            },
            metadata: metadata.keys.map {
                Inspection.Fact(key: $0, value: metadata[$0]!.description)
            },
            tensors: checkpoint.tensors.map {
                Inspection.TensorFact(
                    name: $0.name, shape: $0.shape.extents, type: $0.type.displayName,
                    bytes: $0.data.count)
            })
    }

    /// The kind of tokenizer, as the files name it.
    private var tokenizerName: String? {
        get throws {
            switch checkpoint.naming {
            case .gguf:
                return try checkpoint.metadata.value("tokenizer.ggml.model")
            case .transformers:
                guard let settings = checkpoint.companions["tokenizer_config.json"] else {
                    return nil
                }
                return try JSONValue(parsing: settings)["tokenizer_class"]?.string
            }
        }
    }

    private var vocabularySize: Int? {
        get throws {
            let metadata = checkpoint.metadata
            switch checkpoint.naming {
            case .gguf:
                return try metadata.value("tokenizer.ggml.tokens", as: MetadataArray.self)?.count
            case .transformers:
                return try metadata.value("vocab_size") ?? metadata.value("text_config.vocab_size")
            }
        }
    }
}
