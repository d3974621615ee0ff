import BoraCore
import BoraFormats

/// Reads a GGUF file as far as it can be read: headers, every array as every type, both ends of
/// every tensor. Traps when the checkpoint breaks a promise.
///
/// - Throws: the error by which the file was refused.
package func readEverything(of source: ByteSource) throws(FormatError) {
    let checkpoint = try Checkpoint(reading: source)
    for key in checkpoint.metadata.keys {
        readAsEveryType(key, of: checkpoint.metadata)
    }
    var end = 0
    for tensor in checkpoint.tensors.sorted(by: {
        $0.data.range.lowerBound < $1.data.range.lowerBound
    }) {
        let bytes = tensor.data.bytes
        precondition(tensor.data.range.lowerBound >= end, "tensors overlap")
        precondition(tensor.type.bytes(elements: tensor.shape.elements) == bytes.byteCount)
        precondition(checkpoint[tensor: tensor.name]?.data.range == tensor.data.range)
        _ = bytes.integer(at: 0, as: UInt8.self) &+ bytes.integer(at: bytes.byteCount - 1)
        end = tensor.data.range.upperBound
    }
    let totals = checkpoint.typeTotals
    precondition(totals.reduce(0) { $0 + $1.elements } == checkpoint.parameterCount)
    precondition(totals.reduce(0) { $0 + $1.bytes } == checkpoint.weightBytes)
}

private func readAsEveryType(_ key: String, of metadata: Metadata) {
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
