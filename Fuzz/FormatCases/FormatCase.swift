import BoraCore
import BoraFormats

/// What the fuzz targets of file formats do with their input: read it as far as it can be read,
/// and trap when the checkpoint breaks a promise. Each throws the error by which the file was
/// refused.
package enum FormatCase {
    /// A GGUF file.
    package static func readGGUF(_ source: ByteSource) throws {
        try readEverything(of: Checkpoint(reading: source))
    }

    /// A safetensors file beside a configuration.
    package static func readSafetensors(_ source: ByteSource) throws {
        try readModel([
            "config.json": configuration, "model.safetensors": source,
        ])
    }

    /// The index of two safetensors files.
    package static func readSafetensorsIndex(_ source: ByteSource) throws {
        try readModel([
            "config.json": configuration, "model.safetensors.index.json": source,
            "1.safetensors": shard, "2.safetensors": shard,
        ])
    }

    /// A `config.json`, which is the model's own choices for generation too.
    package static func readConfiguration(_ source: ByteSource) throws {
        let checkpoint = try readModel([
            "config.json": source, "generation_config.json": source,
        ])
        precondition(!checkpoint.hasWeights)
        do throws(FormatError) {
            _ = try checkpoint.defaultType
        } catch {
            precondition([.wrongType, .unsupportedElementType].contains(error.code))
        }
        precondition(try! checkpoint.generation?.keys == checkpoint.metadata.keys)
    }

    @discardableResult
    private static func readModel(_ sources: [String: ByteSource]) throws -> Checkpoint {
        let checkpoint = try Checkpoint(in: ModelFiles(name: "folder", sources: sources))
        precondition(checkpoint.naming == .transformers)
        readEverything(of: checkpoint)
        return checkpoint
    }

    private static let configuration = file(#"{"model_type": "llama"}"#)

    /// A file of two tensors, `a` and `b`.
    private static let shard = file(
        "\u{76}\0\0\0\0\0\0\0"
            + #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
            + #""b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]}}        "#
            + "12345678")

    private static func file(_ text: String) -> ByteSource {
        let bytes = Array(text.utf8)
        return try! ByteSource(name: "file", prefix: bytes, count: bytes.count)
    }

    /// Reads every array as every type and both ends of every tensor.
    private static func readEverything(of checkpoint: Checkpoint) {
        for key in checkpoint.metadata.keys {
            readAsEveryType(key, of: checkpoint.metadata)
        }
        var ends: [ObjectIdentifier: Int] = [:]
        for tensor in checkpoint.tensors.sorted(by: {
            ($0.data.range.lowerBound, $0.data.range.upperBound)
                < ($1.data.range.lowerBound, $1.data.range.upperBound)
        }) {
            let (range, bytes) = (tensor.data.range, tensor.data.bytes)
            let file = ObjectIdentifier(tensor.data.source)
            precondition(range.lowerBound >= ends[file, default: 0], "tensors overlap")
            precondition(tensor.type.bytes(elements: tensor.shape.elements) == bytes.byteCount)
            precondition(checkpoint[tensor: tensor.name]?.data.range == range)
            if !range.isEmpty {
                _ = bytes.integer(at: 0, as: UInt8.self) &+ bytes.integer(at: range.count - 1)
            }
            ends[file] = range.upperBound
        }
        let totals = checkpoint.typeTotals
        precondition(totals.reduce(0) { $0 + $1.elements } == checkpoint.parameterCount)
        precondition(totals.reduce(0) { $0 + $1.bytes } == checkpoint.weightBytes)
    }

    private static func readAsEveryType(_ key: String, of metadata: Metadata) {
        _ = metadata[key]!.description
        func read<Value: MetadataReadable>(_ type: Value.Type) {
            do throws(FormatError) {
                _ = try metadata.require(key, as: type)
            } catch {
                precondition([.wrongType, .invalidText].contains(error.code), error.description)
            }
        }
        read(Int.self)
        read(Double.self)
        read(Float.self)
        read(Bool.self)
        read(String.self)
        read([Int].self)
        read([Double].self)
        read([Float].self)
        read([Bool].self)
        read([String].self)
        read([MetadataArray].self)
    }
}
