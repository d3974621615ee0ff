import BoraCore

/// Reads the header of a safetensors file.
///
/// The file: a 64-bit length, so many bytes of JSON that begin with a brace, data. The JSON gives
/// each tensor's element type, shape and range of the data; the ranges cover the data without gaps.
/// Source: the format's description and what its reference implementation checks
/// (https://github.com/huggingface/safetensors).
struct SafetensorsReader {
    private let source: ByteSource

    /// The reference implementation's limit, in bytes.
    private static let maximumHeader: UInt64 = 100_000_000

    init(_ source: ByteSource) { self.source = source }

    /// Whether the file begins as a safetensors file does.
    static func recognizes(_ source: ByteSource) -> Bool {
        source.knownCount >= 10
            && source.bytes.integer(at: 0, as: UInt64.self) <= maximumHeader
            && source.bytes.integer(at: 8, as: UInt8.self) == UInt8(ascii: "{")
    }

    /// The tensors in the header's order.
    func read() throws(FormatError) -> [TensorEntry] {
        let (header, dataStart) = try readHeader()
        var entries: [TensorEntry] = []
        for member in header.members {
            if member.key == "__metadata__" {
                try check(metadata: member.value)
            } else {
                entries.append(
                    try TensorReader(source: source, dataStart: dataStart, name: member.key)
                        .read(member.value))
            }
        }
        try refuseGaps(entries, dataStart: dataStart)
        return entries
    }

    private func readHeader() throws(FormatError) -> (JSONObject, dataStart: Int) {
        let known = source.bytes.extracting(first: source.knownCount)
        var cursor = ByteCursor(known, file: source.name)
        // A header's length may look like the beginning of another format.
        if !Self.recognizes(source), let other = UnreadableFile(source).other {
            throw cursor.error(.unrecognizedFile, at: 0, other)
        }
        let length = try cursor.integer("the length of the header", as: UInt64.self)
        guard length <= Self.maximumHeader else {
            throw cursor.error(
                .limitExceeded, at: 0,
                "it claims a header of \(length) bytes, more than the \(Self.maximumHeader) that "
                    + "the format allows")
        }
        let range = try cursor.skip(length, "the header")
        guard length > 0, known.integer(at: range.lowerBound) == UInt8(ascii: "{") else {
            throw cursor.error(
                .invalidJSON, at: range.lowerBound, "the header must begin with a brace")
        }
        do {
            let value = try JSONValue(parsing: known.extracting(range), name: source.name)
            guard let header = value.object else { preconditionFailure("a brace began no object") }
            return (header, range.upperBound)
        } catch {
            throw FormatError(error, at: range.lowerBound)
        }
    }

    private func check(metadata value: JSONValue) throws(FormatError) {
        guard value.object?.members.allSatisfy({ $0.value.string != nil }) == true else {
            throw FormatError(
                .wrongType, file: source.name, subject: .key("__metadata__"),
                "it must be an object whose values are strings")
        }
    }

    private func refuseGaps(_ entries: [TensorEntry], dataStart: Int) throws(FormatError) {
        var end = dataStart
        let ordered = entries.sorted {
            ($0.data.range.lowerBound, $0.data.range.upperBound)
                < ($1.data.range.lowerBound, $1.data.range.upperBound)
        }
        for entry in ordered {
            let start = entry.data.range.lowerBound
            guard start == end else {
                throw FormatError(
                    start < end ? .overlappingTensors : .unusedBytes, file: source.name,
                    offset: start, subject: .tensor(entry.name),
                    "its data begins at byte \(start), but that of the tensor before it ends at "
                        + "byte \(end)")
            }
            end = entry.data.range.upperBound
        }
        guard end == source.count else {
            throw FormatError(
                .unusedBytes, file: source.name, offset: end,
                "\(source.count - end) bytes after the last tensor belong to none")
        }
    }
}

/// Reads what the header says about one tensor.
private struct TensorReader {
    let source: ByteSource
    let dataStart: Int
    let name: String

    func read(_ value: JSONValue) throws(FormatError) -> TensorEntry {
        let type = try type(value["dtype"])
        let shape = try shape(value["shape"])
        let data = try data(value["data_offsets"])
        guard type.bytes(elements: shape.elements) == data.count else {
            throw error(
                .invalidShape,
                "its data takes \(data.count) bytes, which are not those of \(shape) in "
                    + type.displayName)
        }
        return TensorEntry(name: name, shape: shape, type: type, data: data)
    }

    private func type(_ value: JSONValue?) throws(FormatError) -> ElementType {
        guard let name = value?.string else { throw missing("dtype") }
        switch name {
        case "F32": return .f32
        case "F16": return .f16
        case "BF16": return .bf16
        default:
            throw error(
                .unsupportedElementType,
                "its element type is \(FormatError.quoted(name)); of safetensors Bora reads F32, "
                    + "F16 and BF16. Use a file of the model in one of these, or a quantized GGUF")
        }
    }

    private func shape(_ value: JSONValue?) throws(FormatError) -> Shape {
        guard let extents = value?.array else { throw missing("shape") }
        let sizes = extents.compactMap(\.integer)
        guard sizes.count == extents.count, let shape = Shape(sizes) else {
            throw error(
                .invalidShape,
                "the extents of its shape must be whole numbers from 0 with a product below 2^63")
        }
        return shape
    }

    private func data(_ value: JSONValue?) throws(FormatError) -> ByteSlice {
        guard let offsets = value?.array, offsets.count == 2 else { throw missing("data_offsets") }
        let space = source.count - dataStart
        guard let start = offsets[0].integer, let end = offsets[1].integer, start >= 0, start <= end
        else {
            throw error(.invalidValue, "its data_offsets must be two whole numbers, from and to")
        }
        guard end <= space, let data = ByteSlice(source, dataStart + start..<dataStart + end) else {
            throw error(
                .tensorOutsideFile,
                "its data from \(start) to \(end) reaches past the end of the file, which has "
                    + "\(space) bytes of data")
        }
        return data
    }

    private func missing(_ field: String) -> FormatError {
        error(.missingKey, "the header does not give its \(field)")
    }

    private func error(_ code: FormatError.Code, _ explanation: String) -> FormatError {
        FormatError(code, file: source.name, subject: .tensor(name), explanation)
    }
}
