import BoraHub

extension ModelHub {
    /// A commit of a model in the cache.
    public struct CachedModel: Sendable, Encodable {
        /// `owner/name`.
        public let id: String
        public let commit: String
        /// The branches and tags that stand for it.
        public let revisions: [String]
        public let files: Int
        public let bytes: Int
        /// Seconds since 1970 at which a file was last read, as far as the file system keeps that.
        public let lastUse: Int
        /// Of the folder.
        public let path: String
    }

    /// What is in the cache, by name.
    public func models() throws -> [CachedModel] {
        try HubCache(settings.cache).repositories().flatMap { repository in
            try repository.revisions().map { revision in
                CachedModel(
                    id: repository.name, commit: revision.commit, revisions: revision.references,
                    files: revision.files, bytes: revision.bytes, lastUse: revision.lastUse,
                    path: repository.snapshot(revision.commit))
            }
        }
    }

    /// What removing a model would take away.
    public struct Removal: Sendable {
        /// What would be removed: a model, a revision or the files of a choice.
        public let name: String
        /// That would become free.
        public var bytes: Int { removal.bytes }
        fileprivate let repository: CachedRepository
        fileprivate let removal: CachedRepository.Removal
    }

    /// Works out what goes with a model: all of it, or a revision or choice where the name has one.
    ///
    /// - Throws: when the cache does not have it.
    public func removal(of name: String) throws -> Removal {
        let id = try id(name)
        let repository = HubCache(settings.cache).repository(id)
        return Removal(
            name: id.description, repository: repository, removal: try repository.removal(of: id))
    }

    /// Removes files from the cache. What other models use stays.
    ///
    /// - Throws: when the model is being downloaded.
    public func remove(_ removal: Removal) throws {
        try removal.repository.remove(removal.removal)
    }
}
