import BoraCore

/// What any model file is read into: hyperparameters and a tensor table. Weights stay in the file
/// and are touched only by who reads `TensorEntry.data`.
package struct Checkpoint: Sendable {
    /// The file's name, for messages.
    package let name: String
    /// The file format and its version: `GGUF v3`.
    package let format: String
    /// The model family whose graph the weights belong to, as `general.architecture` names it:
    /// `llama`.
    package let architecture: String
    package let metadata: Metadata
    /// The tensor table in the file's order.
    package let tensors: [TensorEntry]
    private let indices: [String: Int]

    /// Tensors whose names are known to differ.
    init(
        name: String, format: String, architecture: String, metadata: Metadata,
        tensors: [TensorEntry]
    ) {
        self.name = name
        self.format = format
        self.architecture = architecture
        self.metadata = metadata
        self.tensors = tensors
        indices = Dictionary(
            uniqueKeysWithValues: tensors.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// Reads the headers of a model file. All that they claim is checked against the file, so a
    /// tensor's data is where the table says.
    package init(reading source: ByteSource) throws(FormatError) {
        guard GGUFReader.recognizes(source) else {
            throw UnreadableFile(source).error
        }
        var reader = GGUFReader(source)
        self = try reader.read()
    }

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
