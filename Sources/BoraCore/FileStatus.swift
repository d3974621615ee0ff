import Glibc

/// What the file system tells about a path without opening it.
package struct FileStatus: Sendable {
    package enum Kind: Sendable {
        case file, folder, link, other
    }

    package let kind: Kind
    package let bytes: Int
    /// Seconds since 1970 at which it was last read, as far as the file system keeps that.
    package let lastAccess: Int

    /// - Parameter followsLinks: tells about what a symbolic link leads to, not about the link.
    /// - Returns: nil when the path leads nowhere.
    package init?(of path: String, followsLinks: Bool = true) {
        var status = stat()
        let result = unsafe followsLinks ? stat(path, &status) : lstat(path, &status)
        guard result == 0 else { return nil }
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        bytes = Int(status.st_size)
        lastAccess = status.st_atim.tv_sec
    }
}
