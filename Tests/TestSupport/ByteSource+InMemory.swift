import BoraCore

extension ByteSource {
    /// Bytes that are all there, by a name.
    package convenience init(named name: String, _ bytes: [UInt8]) throws {
        try self.init(name: name, prefix: bytes, count: bytes.count)
    }
}
