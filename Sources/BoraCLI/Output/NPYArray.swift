/// A float32 matrix as a NumPy file, version 1.0 of the format
/// (numpy.lib.format): a header, then the values in row order, little-endian.
struct NPYArray {
    let rows: Int
    let columns: Int

    /// The header fills a multiple of 64 bytes, so that the values are aligned.
    var header: [UInt8] {
        let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        var description = "{'descr': '<f4', 'fortran_order': False, "
        description += "'shape': (\(rows), \(columns)), }"
        let used = magic.count + 2 + description.utf8.count + 1
        description += String(repeating: " ", count: (64 - used % 64) % 64) + "\n"
        let length = UInt16(description.utf8.count)
        return magic + [UInt8(truncatingIfNeeded: length), UInt8(length >> 8)]
            + Array(description.utf8)
    }

    static func bytes(_ values: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values {
            let bits = value.bitPattern
            for shift in stride(from: 0, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift)))
            }
        }
        return bytes
    }
}
