import Glibc

/// Small text files of the system (`/proc`, `/sys`), which have no size and cannot be mapped.
package enum SystemFile {
    /// The first `limit` bytes of a file as text; nil when it cannot be read.
    package static func text(_ path: String, limit: Int = 1 << 16) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        return String(decoding: bytes.prefix(limit), as: UTF8.self)
    }
}
