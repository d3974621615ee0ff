import BoraCore
import BoraFormats

/// A checkpoint that has been opened: its header is read and checked, its weights are not touched.
public struct ModelFile: Sendable {
    let checkpoint: Checkpoint

    /// Opens a GGUF file.
    ///
    /// - Throws: when there is no such file, or it is not one that Bora reads.
    public init(path: String) throws {
        do {
            checkpoint = try Checkpoint(reading: ByteSource(mapping: path))
        } catch let error as SystemError {
            throw UnopenableModel(cause: error)
        }
    }

    /// A checkpoint linked into the program, at an address that stays valid until it ends.
    public init(name: String, embedded bytes: UnsafeRawBufferPointer) throws {
        checkpoint = try Checkpoint(reading: unsafe ByteSource(name: name, embedded: bytes))
    }

    /// The file's name.
    public var name: String { checkpoint.name }

    /// The format and its version: "GGUF v3".
    public var format: String { checkpoint.format }

    /// The architecture's name as the file gives it.
    public var architecture: String { checkpoint.architecture }

    /// The source of the model's chat template.
    public var chatTemplate: String? {
        get throws { try checkpoint.metadata.value("tokenizer.chat_template") }
    }
}

/// A path that leads to no file, often because it names a model in another way.
struct UnopenableModel: DescribedError {
    let cause: SystemError

    var category: ErrorCategory { cause.category }
    var identifier: String { cause.identifier }
    var description: String {
        "\(cause); a model is given as the path of a GGUF file, not yet as a folder or a hub id"
    }
}
