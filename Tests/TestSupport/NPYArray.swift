import BoraCore

/// A float32 array of a `.npy` file, as `numpy.save` writes it
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0).
package struct NPYArray {
    package let shape: [Int]
    /// In C order: the last axis is contiguous.
    package let values: [Float]

    /// A file is not a version 1.0 `.npy` of little-endian float32 in C order.
    package struct Unreadable: Error {
        package let file: String
        package let reason: String
    }

    package init(reading path: String) throws {
        let source = try ByteSource(mapping: path)
        func check(_ condition: Bool, _ reason: String) throws(Unreadable) {
            if !condition { throw Unreadable(file: path, reason: reason) }
        }
        let bytes = source.bytes
        let prefix: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]  // \x93NUMPY, 1.0
        try check(bytes.byteCount >= 10, "it is shorter than a header")
        let found = prefix.indices.map { bytes.integer(at: $0, as: UInt8.self) }
        try check(found == prefix, "it does not start as version 1.0 does")
        let start = 10 + Int(bytes.integer(at: 8, as: UInt16.self))
        try check(start <= bytes.byteCount, "its header is cut off")
        let header = bytes.extracting(10..<start).text() ?? ""
        try check(header.contains("'descr': '<f4'"), "its elements are not float32")
        try check(header.contains("'fortran_order': False"), "it is in Fortran order")
        guard let extents = header.firstMatch(of: /'shape': \(([^)]*)\)/)?.1 else {
            throw Unreadable(file: path, reason: "its header has no shape")
        }
        shape = extents.split(separator: ",").compactMap { Int($0.drop { $0 == " " }) }
        let count = shape.reduce(1, *)
        try check(bytes.byteCount - start == count * 4, "its size does not match its shape")
        values = (0..<count).map { Float(bitPattern: bytes.integer(at: start + $0 * 4)) }
    }

    /// The array at an index of the first axis, flattened.
    package subscript(index: Int) -> ArraySlice<Float> {
        let size = values.count / shape[0]
        return values[index * size..<(index + 1) * size]
    }
}
