import Glibc

/// Changes to the names of a file system.
package enum FileSystem {
    /// Creates a folder and those it lies in, where they are missing.
    package static func createFolder(_ path: String) throws(SystemError) {
        guard !Folder(path).exists else { return }
        if let parent = parent(of: path) { try createFolder(parent) }
        // Another process may have been quicker.
        guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw SystemError("create", path)
        }
    }

    /// The folder that a path names something in; nil when it is one name.
    package static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
        return String(path[..<slash])
    }

    /// Gives a file another name, replacing what has it: all at once, for whoever looks.
    package static func move(_ path: String, to target: String) throws(SystemError) {
        guard unsafe rename(path, target) == 0 else { throw SystemError("move to", target) }
    }

    /// Makes a path a symbolic link, replacing what was there all at once.
    package static func link(_ path: String, to target: String) throws(SystemError) {
        let temporary = temporaryName(for: path)
        guard unsafe symlink(target, temporary) == 0 else { throw SystemError("create", path) }
        try move(temporary, to: path)
    }

    /// What a symbolic link says; nil when the path is none.
    package static func destination(ofLink path: String) -> String? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe target.withUnsafeMutableBytes { buffer in
            unsafe readlink(
                path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        guard count > 0, count < target.count else { return nil }
        return String(decoding: target.prefix(count), as: UTF8.self)
    }

    /// Writes a small file, which others see whole or not at all.
    package static func write(_ text: String, to path: String) throws(SystemError) {
        let temporary = temporaryName(for: path)
        try OutputFile(at: temporary).append(Array(text.utf8))
        try move(temporary, to: path)
    }

    /// Removes a file or link, or an empty folder. That there is none is fine.
    package static func remove(_ path: String) throws(SystemError) {
        guard unsafe Glibc.remove(path) == 0 || errno == ENOENT else {
            throw SystemError("remove", path)
        }
    }

    /// Removes a folder with all in it. Links are removed, never followed.
    package static func removeAll(_ path: String) throws(SystemError) {
        if FileStatus(of: path, followsLinks: false)?.kind == .folder {
            for name in try Folder(path).names() { try removeAll("\(path)/\(name)") }
        }
        try remove(path)
    }

    /// Bytes that the file system of a folder has left for this user.
    package static func freeBytes(at path: String) throws(SystemError) -> Int {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { throw SystemError("read", path) }
        let (bytes, overflows) = Int(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        return overflows ? .max : bytes
    }

    /// A name beside a path that no other process takes.
    private static func temporaryName(for path: String) -> String {
        let number = UInt64.random(in: 0...UInt64.max)
        return "\(path).\(String(number, radix: 16)).tmp"
    }
}
