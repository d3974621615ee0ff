import BoraCore
import Glibc

/// The files that a model may be spread over, by name: those of a folder, or the beginnings of
/// some that are elsewhere.
package struct ModelFiles: Sendable {
    /// The folder's path, for messages.
    package let name: String
    private let place: Place

    private enum Place {
        /// What stands before a file's name in its path.
        case folder(prefix: String)
        case sources([String: ByteSource])
    }

    package init(folder path: String) {
        name = path
        place = .folder(prefix: path.hasSuffix("/") ? path : path + "/")
    }

    /// The file at a path and those beside it.
    ///
    /// - Returns: the files, and the name of that one.
    static func beside(_ path: String) -> (files: ModelFiles, name: String) {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let prefix = String(path[..<start])
        let files = ModelFiles(name: prefix.isEmpty ? "." : prefix, place: .folder(prefix: prefix))
        return (files, String(path[start...]))
    }

    /// - Parameter name: of the place that they come from, for messages.
    package init(name: String, sources: [String: ByteSource]) {
        self.init(name: name, place: .sources(sources))
    }

    private init(name: String, place: Place) {
        self.name = name
        self.place = place
    }

    /// The path of a file, for messages.
    func path(of file: String) -> String {
        switch place {
        case .folder(let prefix): prefix + file
        case .sources: "\(name)/\(file)"
        }
    }

    /// Sorted.
    func names() throws(SystemError) -> [String] {
        switch place {
        case .folder: try Folder(name).names()
        case .sources(let sources): sources.keys.sorted()
        }
    }

    /// Opens a file; nil when there is none of that name.
    func open(_ name: String) throws(SystemError) -> ByteSource? {
        do {
            return try require(name)
        } catch {
            guard error.category == .notFound else { throw error }
            return nil
        }
    }

    /// Opens a file that has to be there.
    func require(_ name: String) throws(SystemError) -> ByteSource {
        switch place {
        case .folder(let prefix):
            return try ByteSource(mapping: prefix + name)
        case .sources(let sources):
            guard let source = sources[name] else {
                throw SystemError("open", path(of: name), errno: ENOENT)
            }
            return source
        }
    }
}
