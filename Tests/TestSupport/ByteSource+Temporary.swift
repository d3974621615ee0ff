import BoraCore
import Glibc

extension ByteSource {
    /// Bytes as a file that is mapped into memory and has no name any more: nothing to clean up.
    package static func temporary(_ bytes: [UInt8]) throws -> ByteSource {
        var path = Array("/tmp/bora-test-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&path)
        guard descriptor >= 0 else { throw SystemError("create", "a temporary file") }
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            close(descriptor)
            unsafe unlink(name)
        }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress! + written, bytes.count - written)
            }
            guard count > 0 else { throw SystemError("write", name) }
            written += count
        }
        return try ByteSource(mapping: name)
    }
}
