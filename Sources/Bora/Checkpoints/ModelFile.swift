import BoraCore
import BoraFormats

/// A checkpoint that has been opened: its header is read and checked, its weights are not touched.
public struct ModelFile: Sendable {
    let checkpoint: Checkpoint

    /// A checkpoint that was put together elsewhere.
    init(checkpoint: Checkpoint) { self.checkpoint = checkpoint }

    /// Opens a GGUF file (of a split one, any part), a folder with `config.json` and safetensors or
    /// with a GGUF file, a safetensors file in such a folder, or a configuration alone, of which a
    /// plan can be made.
    ///
    /// - Throws: when there is no such file, or it is not one that Bora reads.
    public init(path: String) throws {
        do {
            checkpoint = try Checkpoint(at: path)
        } catch let error as SystemError {
            throw UnopenableModel(cause: error)
        }
    }

    /// A checkpoint linked into the program, at an address that stays valid until it ends.
    public init(name: String, embedded bytes: UnsafeRawBufferPointer) throws {
        checkpoint = try Checkpoint(reading: unsafe ByteSource(name: name, embedded: bytes))
    }

    /// The path that it was opened by; of a split file, its first part's.
    public var name: String { checkpoint.name }

    /// The format, its version and the number of files: "GGUF v3", "safetensors, 2 files".
    public var format: String { checkpoint.format }

    /// The architecture's name as the file gives it.
    public var architecture: String { checkpoint.architecture }

    /// Whether there are weights. What has none can be planned, and not run.
    public var hasWeights: Bool { checkpoint.hasWeights }

    /// Throws when there are no weights: before the work of those who will need them.
    public func requireWeights() throws {
        guard hasWeights else { throw NoWeights(model: name) }
    }
}

/// A path that leads to no file, often because it names a model in another way.
struct UnopenableModel: DescribedError {
    let cause: SystemError

    var category: ErrorCategory { cause.category }
    var identifier: String { cause.identifier }
    var description: String {
        "\(cause); a path leads to a GGUF file or to a folder with config.json and safetensors"
    }
}

/// A configuration or a vocabulary, where a model has to be loaded.
struct NoWeights: DescribedError {
    let model: String

    var category: ErrorCategory { .notFound }
    var identifier: String { "model.noWeights" }
    var description: String {
        "\(model): it has no weights, so it can be planned and inspected, and not run. Download "
            + "the weights into the same folder, and give the folder's path"
    }
}
