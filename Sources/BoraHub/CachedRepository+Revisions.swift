import BoraCore

extension CachedRepository {
    /// A commit of a model in the cache.
    package struct Revision: Hashable, Sendable {
        package let commit: String
        /// The branches and tags that stand for it.
        package let references: [String]
        package let files: Int
        /// Of the files' content. Commits that share a blob count it each.
        package let bytes: Int
        /// Seconds since 1970 at which a file was last read.
        package let lastUse: Int
    }

    /// What is there of each commit.
    package func revisions() throws(SystemError) -> [Revision] {
        let references = try references()
        return try commits().map { commit throws(SystemError) in
            let snapshot = snapshot(commit)
            let statuses = try files(of: commit).compactMap { FileStatus(of: "\(snapshot)/\($0)") }
            return Revision(
                commit: commit,
                references: references.filter { $0.commit == commit }.map(\.revision),
                files: statuses.count, bytes: statuses.reduce(0) { $0 + $1.bytes },
                lastUse: statuses.map(\.lastAccess).max() ?? 0)
        }
    }

    /// What a removal takes away.
    package struct Removal: Hashable, Sendable {
        /// Paths of links, of the blobs that nothing leads to any more and of downloads that never
        /// ended.
        package let paths: [String]
        /// That become free.
        package let bytes: Int
        fileprivate let references: [String]
        /// Whether nothing of the model is left.
        fileprivate let isWhole: Bool
    }

    /// Works out what goes with a model: all of it, or one revision, or the files of one choice.
    ///
    /// - Throws: `notCached` when the cache has no such thing.
    package func removal(of id: HubID) throws -> Removal {
        let chosen = try chosenFiles(of: id)
        guard !chosen.isEmpty || id.choice == nil && id.revision == nil && exists else {
            throw HubError(
                .notCached, id.description,
                "the cache has no such model. bora list shows what it has")
        }
        let all = try Set(
            commits().flatMap { commit throws(SystemError) in
                try Self.files(under: snapshot(commit)).map { "\(snapshot(commit))/\($0)" }
            })
        let rest = all.subtracting(chosen)
        let isWhole = rest.isEmpty
        let kept = Set(rest.compactMap(blob(ofLink:)))
        let blobs = try Self.files(under: "\(path)/blobs").map(blob).filter { blob in
            isWhole || !kept.contains(blob) && (chosen.contains { self.blob(ofLink: $0) == blob })
        }
        let paths = chosen.sorted() + blobs
        return Removal(
            paths: paths,
            bytes: paths.reduce(0) { sum, path in
                let status = FileStatus(of: path, followsLinks: false)
                return sum + (status?.kind == .file ? status?.bytes ?? 0 : 0)
            },
            references: try references().filter { reference in
                !rest.contains { $0.hasPrefix(snapshot(reference.commit) + "/") }
            }.map { "\(refs)/\($0.revision)" },
            isWhole: isWhole)
    }

    /// Removes files and, when nothing else is left, the model's folder.
    ///
    /// - Throws: `busy` when a download is going on.
    package func remove(_ removal: Removal) throws {
        let locks = try takeAllLocks()
        defer { withExtendedLifetime(locks) {} }
        if removal.isWhole {
            try FileSystem.removeAll(path)
            return try FileSystem.removeAll(self.locks)
        }
        for path in removal.paths + removal.references { try FileSystem.remove(path) }
        for commit in try commits() where try Self.files(under: snapshot(commit)).isEmpty {
            try FileSystem.removeAll(snapshot(commit))
        }
    }

    /// The links that an id means.
    private func chosenFiles(of id: HubID) throws -> Set<String> {
        let commits =
            try id.revision.map { revision in
                [commit(of: revision)].compactMap { $0 }
            } ?? commits()
        return try Set(
            commits.flatMap { commit in
                let files = try Self.files(under: snapshot(commit))
                let models = GGUFChoice.all(among: files).filter {
                    id.choice.map($0.matches) ?? false
                }
                return (id.choice == nil ? files : models.flatMap(\.files)).map {
                    "\(snapshot(commit))/\($0)"
                }
            })
    }

    /// The blob that a link of a snapshot leads to; nil when it leads elsewhere.
    private func blob(ofLink link: String) -> String? {
        guard let target = FileSystem.destination(ofLink: link),
            let name = target.split(separator: "/").last, target.hasSuffix("/blobs/\(name)")
        else { return nil }
        return blob(String(name))
    }

    private func takeAllLocks() throws -> [FileLock] {
        try Self.files(under: locks).map { name in
            guard let lock = try FileLock.take("\(locks)/\(name)") else {
                throw HubError(
                    .busy, self.name, "another process is downloading it. Try again when it is done"
                )
            }
            return lock
        }
    }
}
