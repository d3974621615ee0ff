import Glibc

/// A folder of the file system.
package struct Folder: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// Whether the path leads to a folder.
    package var exists: Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names of all that it holds, sorted.
    package func names() throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(path) else { throw SystemError("open", path) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            Glibc.errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard Glibc.errno == 0 else { throw SystemError("list", path) }
                return names.sorted()
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }
}
