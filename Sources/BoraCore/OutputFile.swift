import Glibc

/// A file that is written from its end on, and closed when let go of.
package final class OutputFile: Sendable {
    package let path: String
    private let descriptor: Int32

    /// Opens a file, or creates it empty.
    package init(at path: String) throws(SystemError) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw SystemError("create", path) }
    }

    deinit { close(descriptor) }

    /// Bytes that are there.
    package var count: Int {
        get throws(SystemError) {
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError("read", path) }
            return Int(status.st_size)
        }
    }

    package func append(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("write to", path) }
            written += count
        }
    }

    /// Up to `count` bytes from an offset; fewer at the end of the file.
    package func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let found = unsafe pread(descriptor, &bytes, count, offset)
            if found < 0, errno == EINTR { continue }
            guard found >= 0 else { throw SystemError("read", path) }
            return Array(bytes.prefix(found))
        }
    }

    /// Drops what lies behind the first bytes.
    package func truncate(to count: Int) throws(SystemError) {
        guard ftruncate(descriptor, count) == 0 else { throw SystemError("shorten", path) }
    }

    /// Waits until what was written would outlive the machine's power.
    package func synchronize() throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw SystemError("write to", path) }
    }
}
