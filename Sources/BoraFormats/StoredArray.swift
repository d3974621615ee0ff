import BoraCore

/// An array of a GGUF file, which stays in the file until it is asked for: a vocabulary of 128
/// thousand tokens costs nothing to open.
///
/// The bytes are laid out as in GGUF: numbers side by side, little-endian; a string as a 64-bit
/// length and UTF-8; an array as a 32-bit type, a 64-bit count and its elements. The reader has
/// checked that every element lies inside `bytes`.
package struct StoredArray: Sendable {
    package let elementType: MetadataType
    package let count: Int
    let bytes: ByteSlice

    /// Plain numbers of the stored width.
    func numbers<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
        _ stored: Stored.Type, _ convert: (Stored) -> Value?
    ) -> [Value]? {
        let span = bytes.bytes
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            let number = span.integer(at: index * MemoryLayout<Stored>.size, as: Stored.self)
            guard let value = convert(number) else { return nil }
            values.append(value)
        }
        return values
    }

    func strings() throws(FormatError) -> [String] {
        let span = bytes.bytes
        var values: [String] = []
        values.reserveCapacity(count)
        var offset = 0
        for index in 0..<count {
            let start = offset + 8
            offset = start + Int(span.integer(at: offset, as: UInt64.self))
            guard let text = span.extracting(start..<offset).text() else {
                throw FormatError(
                    .invalidText, file: bytes.source.name, offset: bytes.range.lowerBound + start,
                    "string \(index) of an array is not valid UTF-8")
            }
            values.append(text)
        }
        return values
    }

    func arrays() throws(FormatError) -> [StoredArray] {
        var reader = GGUFReader(bytes.source, at: bytes.range.lowerBound)
        var values: [StoredArray] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try reader.readArray(depth: 1)) }
        return values
    }
}
