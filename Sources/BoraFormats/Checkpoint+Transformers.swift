import BoraCore

/// The files of a model as `transformers` saves it, by their usual names.
enum TransformersFile {
    static let configuration = "config.json"
    static let weights = "model.safetensors"
    static let index = "model.safetensors.index.json"
    static let generation = "generation_config.json"

    /// Small files that belong to the model without describing its weights.
    static let companions = [
        "chat_template.jinja", generation, "special_tokens_map.json", "tokenizer.json",
        "tokenizer_config.json",
    ]
}

extension Checkpoint {
    /// Where the weights of a model with a `config.json` are.
    enum Weights {
        /// Nowhere: the model can be planned.
        case none
        /// In the safetensors file of this name.
        case file(String)
        /// In the safetensors files that the index of this name lists.
        case index(String)
    }

    /// A model as `transformers` saves it.
    ///
    /// - Parameters:
    ///   - name: the path that the model was given by, for messages.
    ///   - configuration: the configuration's name.
    init(
        transformers files: ModelFiles, named name: String,
        configuration: String = TransformersFile.configuration, weights: Weights
    ) throws {
        guard let source = try files.open(configuration) else {
            throw FormatError(
                .missingFile, file: name,
                "there is no \(configuration) beside the weights, which says what they are")
        }
        let metadata = try Metadata(reading: source)
        let (tensors, format) = try Self.tensors(of: weights, in: files)
        var companions: [String: ByteSource] = [:]
        for companion in TransformersFile.companions {
            companions[companion] = try files.open(companion)
        }
        self.init(
            name: name, format: format, architecture: try metadata.require("model_type"),
            naming: .transformers, metadata: metadata, tensors: tensors, companions: companions)
    }

    private static func tensors(
        of weights: Weights, in files: ModelFiles
    ) throws -> (tensors: [TensorEntry], format: String) {
        switch weights {
        case .none:
            return ([], "configuration without weights")
        case .file(let name):
            return (try SafetensorsReader(files.require(name)).read(), "safetensors")
        case .index(let name):
            let index = try SafetensorsIndex(files.require(name))
            var tensors: [TensorEntry] = []
            for file in index.files {
                guard let source = try files.open(file) else {
                    throw FormatError(
                        .missingFile, file: files.name,
                        "the file \(FormatError.quoted(file)) is not there, in which "
                            + "\(name) finds tensors of the model")
                }
                tensors += try index.select(SafetensorsReader(source).read(), of: file)
            }
            let count = index.files.count
            return (tensors, "safetensors" + (count > 1 ? ", \(count) files" : ""))
        }
    }

    /// The model's own choices for generation (`generation_config.json`); nil when it has none.
    package var generation: Metadata? {
        get throws(FormatError) {
            guard let source = companions[TransformersFile.generation] else { return nil }
            return try Metadata(reading: source)
        }
    }

    /// The element type of weights that are not there: what a configuration calls its `dtype`, or
    /// `torch_dtype` before transformers 5, and bfloat16 where it does not say.
    package var defaultType: ElementType {
        get throws(FormatError) {
            for key in ["dtype", "torch_dtype", "text_config.dtype", "text_config.torch_dtype"] {
                guard let name = try metadata.value(key, as: String.self) else { continue }
                switch name {
                case "float32": return .f32
                case "float16": return .f16
                case "bfloat16": return .bf16
                default:
                    throw FormatError(
                        .unsupportedElementType, file: metadata.file, subject: .key(key),
                        "the weights' element type is \(FormatError.quoted(name)); Bora computes "
                            + "with float32, float16 and bfloat16, or a quantized GGUF")
                }
            }
            return .bf16
        }
    }
}
