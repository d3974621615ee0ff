import BoraCore

/// What any model file is read into: hyperparameters and a tensor table. Weights stay in the file
/// and are touched only by who reads `TensorEntry.data`.
package struct Checkpoint: Sendable {
    /// The path of the file, of the first of several or of the folder, for messages.
    package let name: String
    /// The file format, its version and the number of files: `GGUF v3`, `safetensors, 2 files`.
    package let format: String
    /// The model family whose graph the weights belong to, as `general.architecture` of a GGUF file
    /// or `model_type` of a configuration names it: `llama`.
    package let architecture: String
    /// Whose names and layout the hyperparameters and tensors follow.
    package let naming: Naming
    package let metadata: Metadata
    /// The tensor table in the files' order. Empty for a configuration or a vocabulary without
    /// weights, which can be planned or used to tokenize.
    package let tensors: [TensorEntry]
    /// The small files beside the weights, by file name: `tokenizer.json`. None of a GGUF file,
    /// which holds everything itself.
    package let companions: [String: ByteSource]
    private let indices: [String: Int]

    /// Two conventions name the same things, and lay some of them out differently.
    package enum Naming: Sendable {
        /// llama.cpp's: `llama.block_count`, `blk.0.attn_q.weight`.
        case gguf
        /// That of Hugging Face's `transformers`: `num_hidden_layers`,
        /// `model.layers.0.self_attn.q_proj.weight`.
        case transformers
    }

    /// Tensors whose names are known to differ.
    init(
        name: String, format: String, architecture: String, naming: Naming, metadata: Metadata,
        tensors: [TensorEntry], companions: [String: ByteSource] = [:]
    ) {
        self.name = name
        self.format = format
        self.architecture = architecture
        self.naming = naming
        self.companions = companions
        self.metadata = metadata
        self.tensors = tensors
        indices = Dictionary(
            uniqueKeysWithValues: tensors.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// Whether the tensor table is known.
    package var hasWeights: Bool { !tensors.isEmpty }

    /// The tensor of a name, `nil` when the file does not have it.
    package subscript(tensor name: String) -> TensorEntry? {
        indices[name].map { tensors[$0] }
    }

    /// A tensor that the caller cannot do without.
    package func require(tensor name: String) throws(FormatError) -> TensorEntry {
        guard let entry = self[tensor: name] else {
            throw FormatError(
                .missingTensor, file: self.name, subject: .tensor(name),
                "the file does not have this tensor, which a model of architecture "
                    + "\(FormatError.quoted(architecture)) needs")
        }
        return entry
    }
}
