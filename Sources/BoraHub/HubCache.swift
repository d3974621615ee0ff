import BoraCore

/// The folder that all tools keep the hub's models in, as huggingface_hub lays it out
/// (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
package struct HubCache: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// A model's place, whether it is there or not.
    package func repository(_ id: HubID) -> CachedRepository {
        CachedRepository(id.repository, in: path)
    }

    /// The models that are there, by name.
    package func repositories() throws(SystemError) -> [CachedRepository] {
        guard Folder(path).exists else { return [] }
        return try Folder(path).names().filter { $0.hasPrefix(CachedRepository.prefix) }
            .map { folder in
                let name = folder.dropFirst(CachedRepository.prefix.count)
                return CachedRepository(
                    String(name.replacing("--", with: "/", maxReplacements: 1)), in: path)
            }.filter(\.exists)
    }
}

/// A model in the cache:
/// - `blobs/TAG`: content, by its hash;
/// - `snapshots/COMMIT/FILE`: the files of a commit, as links to blobs;
/// - `refs/REVISION`: the commit that a branch or tag stood for when it was last asked.
package struct CachedRepository: Sendable {
    static let prefix = "models--"

    /// `owner/name`; older tools also know models without an owner.
    package let name: String
    package let path: String
    /// Where locks are, one for each blob that is being written.
    let locks: String

    fileprivate init(_ name: String, in cache: String) {
        self.name = name
        let folder = Self.prefix + name.split(separator: "/").joined(separator: "--")
        path = "\(cache)/\(folder)"
        locks = "\(cache)/.locks/\(folder)"
    }

    package var exists: Bool { Folder(path).exists }

    package func blob(_ tag: String) -> String { "\(path)/blobs/\(tag)" }
    package func lock(_ tag: String) -> String { "\(locks)/\(tag).lock" }
    package func snapshot(_ commit: String) -> String { "\(path)/snapshots/\(commit)" }
    var refs: String { "\(path)/refs" }

    /// The commit that a revision stands for, as far as the cache knows; nil where it does not, or
    /// what it knows is no commit.
    package func commit(of revision: String) -> String? {
        if HubPath.isCommit(revision) {
            return Folder(snapshot(revision)).exists ? revision : nil
        }
        guard HubPath.isRevision(revision),
            let text = SystemFile.text("\(refs)/\(revision)", limit: 64)
        else { return nil }
        return Self.commit(inReference: text)
    }

    /// A commit's name as the files of `refs` hold it.
    package static func commit(inReference text: String) -> String? {
        let word = text.split(whereSeparator: \.isWhitespace)
        guard word.count == 1, HubPath.isCommit(String(word[0])) else { return nil }
        return String(word[0])
    }

    /// Notes which commit a branch or tag stands for.
    package func setReference(_ revision: String, to commit: String) throws(SystemError) {
        guard !HubPath.isCommit(revision), self.commit(of: revision) != commit else { return }
        let path = "\(refs)/\(revision)"
        if let parent = FileSystem.parent(of: path) { try FileSystem.createFolder(parent) }
        try FileSystem.write(commit, to: path)
    }

    /// Branches and tags with the commits they stand for.
    package func references() throws(SystemError) -> [(revision: String, commit: String)] {
        try Self.files(under: refs).compactMap { revision in
            commit(of: revision).map { (revision, $0) }
        }
    }

    /// The commits that files are there of.
    package func commits() throws(SystemError) -> [String] {
        let folder = Folder("\(path)/snapshots")
        guard folder.exists else { return [] }
        return try folder.names().filter(HubPath.isCommit)
    }

    /// The files of a commit whose content is there, by their paths.
    package func files(of commit: String) throws(SystemError) -> [String] {
        let snapshot = snapshot(commit)
        return try Self.files(under: snapshot).filter {
            FileStatus(of: "\(snapshot)/\($0)")?.kind == .file
        }
    }

    /// Whether a file of a commit is there.
    package func has(_ file: String, of commit: String) -> Bool {
        FileStatus(of: "\(snapshot(commit))/\(file)")?.kind == .file
    }

    /// Makes a blob the content of a commit's file.
    package func link(_ file: String, of commit: String, to tag: String) throws(SystemError) {
        let path = "\(snapshot(commit))/\(file)"
        if let parent = FileSystem.parent(of: path) { try FileSystem.createFolder(parent) }
        // From the file's folder up to the repository: the cache may be moved as a whole.
        let depth = file.split(separator: "/").count + 1
        let up = String(repeating: "../", count: depth)
        try FileSystem.link(path, to: "\(up)blobs/\(tag)")
    }

    /// The paths of all that is no folder, from `folder` down.
    static func files(under folder: String) throws(SystemError) -> [String] {
        guard Folder(folder).exists else { return [] }
        var files: [String] = []
        for name in try Folder(folder).names() {
            if FileStatus(of: "\(folder)/\(name)", followsLinks: false)?.kind == .folder {
                files += try Self.files(under: "\(folder)/\(name)").map { "\(name)/\($0)" }
            } else {
                files.append(name)
            }
        }
        return files
    }
}
