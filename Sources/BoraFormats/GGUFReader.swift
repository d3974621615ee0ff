import BoraCore

/// Reads the headers of a GGUF file, version 2 or 3, little-endian.
///
/// The file: magic `GGUF`, 32-bit version, 64-bit numbers of tensors and of metadata entries, the
/// entries, the tensor table, padding to `general.alignment`, data. Source: the GGUF specification,
/// `docs/gguf.md` of ggml.
struct GGUFReader: ~Escapable {
    let source: ByteSource
    var cursor: ByteCursor

    /// Far above any published model, far below what would hurt.
    private static let maximumTensors: UInt64 = 1 << 20
    private static let maximumKeys: UInt64 = 1 << 16

    @_lifetime(borrow source)
    init(_ source: borrowing ByteSource, at offset: Int = 0) {
        self.source = copy source
        cursor = ByteCursor(
            source.bytes.extracting(first: source.knownCount), at: offset, file: source.name)
    }

    /// Whether the file begins with GGUF's magic, the four letters.
    static func recognizes(_ source: ByteSource) -> Bool {
        source.count >= 4 && source.bytes.integer(at: 0, as: UInt32.self) == 0x4655_4747
    }

    mutating func read() throws(FormatError) -> GGUFHeader {
        try cursor.skip(4, "the magic")
        let version = try readVersion()
        let tensorCount = try cursor.count(
            of: "tensors", minimumBytes: 25, limit: Self.maximumTensors)
        let keyCount = try cursor.count(
            of: "metadata entries", minimumBytes: 14, limit: Self.maximumKeys)
        let metadata = try readMetadata(count: keyCount)
        let tensors = try readTensors(count: tensorCount, alignment: alignment(metadata))
        return GGUFHeader(
            file: source.name, version: version, metadata: metadata, tensors: tensors)
    }

    private mutating func readVersion() throws(FormatError) -> UInt32 {
        let start = cursor.offset
        let version = try cursor.integer("the version", as: UInt32.self)
        switch version {
        case 2, 3:
            return version
        case _ where version != 0 && version & 0xFFFF == 0:
            throw cursor.error(
                .bigEndian, at: start,
                "the file is big-endian; Bora reads little-endian GGUF. Convert it with "
                    + "`gguf-convert-endian` of the gguf Python package")
        case 1:
            throw cursor.error(
                .unsupportedVersion, at: start,
                "this is GGUF version 1, of 2023; Bora reads versions 2 and 3. Download a newer "
                    + "file of the model")
        default:
            throw cursor.error(
                .unsupportedVersion, at: start,
                "this is GGUF version \(version); Bora reads versions 2 and 3. Update Bora, or "
                    + "download the file again if it may be damaged")
        }
    }

    /// The power of two to which the data section and every tensor in it are aligned.
    private func alignment(_ metadata: Metadata) throws(FormatError) -> Int {
        let alignment = try metadata.value("general.alignment", default: 32)
        guard alignment >= 8, alignment <= 1 << 30, alignment & (alignment - 1) == 0 else {
            throw FormatError(
                .invalidAlignment, file: source.name, subject: .key("general.alignment"),
                "it is \(alignment), but must be a power of two from 8 to 2^30")
        }
        return alignment
    }
}
