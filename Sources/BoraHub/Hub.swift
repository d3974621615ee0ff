import AsyncHTTPClient
import BoraCore

/// The hub with its cache: finds out what a model consists of, and brings it here.
package struct Hub: Sendable {
    package let settings: HubSettings
    package let cache: HubCache
    let transport: HubTransport
    let report: @Sendable (HubEvent) -> Void

    /// Does work with a hub whose connections last as long as the work does.
    ///
    /// - Parameter report: called from any thread.
    package static func with<Result: Sendable>(
        _ settings: HubSettings, report: @escaping @Sendable (HubEvent) -> Void = { _ in },
        _ body: @Sendable (Hub) async throws -> Result
    ) async throws -> Result {
        guard let endpoint = Address(settings.endpoint) else {
            preconditionFailure("settings hold an address")
        }
        return try await HTTPClient.withHTTPClient(
            configuration: HubTransport.configuration(settings.limits)
        ) { client in
            let transport = HubTransport(
                client: client, endpoint: endpoint, token: settings.token, limits: settings.limits)
            return try await body(
                Hub(
                    settings: settings, cache: HubCache(settings.cache), transport: transport,
                    report: report))
        }
    }

    /// Finds the commit that a model's revision stands for, and its files: on the hub, or in the
    /// cache when there is no network to ask it, or no wish to.
    package func resolve(_ id: HubID) async throws -> ResolvedModel {
        let cached = try cachedModel(id)
        if let cached, settings.isOffline || id.revision.map(HubPath.isCommit) == true {
            return cached
        }
        guard !settings.isOffline else { throw Self.notCached(id) }
        do {
            let listing = try await listing(of: id, attempts: cached == nil ? nil : 1)
            return try ResolvedModel(id, listing, isFromCache: false)
        } catch let error as HubError where error.isOutage {
            guard let cached else { throw error }
            report(.usingCache(error))
            return cached
        }
    }

    /// Where a model lies, when all of it is in the cache: the path of its file or folder.
    package func path(of model: ResolvedModel) throws -> String? {
        let repository = cache.repository(model.id)
        func isThere(_ file: String) -> Bool { repository.has(file, of: model.commit) }
        guard model.selection.companions.allSatisfy(isThere) else { return nil }
        switch model.selection.weights {
        case .none: break
        case .files(let files):
            guard files.allSatisfy(isThere) else { return nil }
        case .index(let index):
            guard isThere(index) else { return nil }
            let path = "\(repository.snapshot(model.commit))/\(index)"
            let files = try FileSelection.files(ofIndex: ByteSource(mapping: path))
            guard files.allSatisfy(isThere) else { return nil }
        }
        return path(ofEntry: model)
    }

    func path(ofEntry model: ResolvedModel) -> String {
        let snapshot = cache.repository(model.id).snapshot(model.commit)
        return model.selection.entry.map { "\(snapshot)/\($0)" } ?? snapshot
    }

    /// A model that is in the cache with all its files; nil when it is not.
    private func cachedModel(_ id: HubID) throws -> ResolvedModel? {
        let repository = cache.repository(id)
        guard let commit = repository.commit(of: id.revision ?? HubID.mainBranch) else {
            return nil
        }
        let files = try repository.files(of: commit)
        guard
            let model = try? ResolvedModel(
                id, RepositoryListing(commit: commit, files: files), isFromCache: true),
            model.hasAllParts, model.selection.weights != .none
        else { return nil }
        return try path(of: model) == nil ? nil : model
    }

    private func listing(of id: HubID, attempts: Int?) async throws -> RepositoryListing {
        let subject = HubTransport.Subject(id: id)
        let revision = HubPath.escaped(id.revision ?? HubID.mainBranch, keepingSlashes: false)
        let text = "\(settings.endpoint)/api/models/\(id.repository)/revision/\(revision)"
        guard let address = Address(text) else {
            throw HubError(.invalidSetting, "HF_ENDPOINT", "\(text) is no address")
        }
        var patience = Patience(settings.limits, attempts: attempts, report: report)
        while true {
            do {
                let answer = try await transport.get(address, about: subject)
                let bytes = try await transport.bytes(of: answer, about: subject)
                return try RepositoryListing(parsing: bytes, name: id.description)
            } catch {
                try await patience.wait(
                    after: Outage(
                        error, subject: subject.description, host: transport.endpoint.host ?? ""))
            }
        }
    }

    private static func notCached(_ id: HubID) -> HubError {
        HubError(
            .notCached, id.description,
            "the model is not in the cache as a whole, and the network is not used (--offline or "
                + "HF_HUB_OFFLINE). Fetch it with: bora pull \(id)")
    }
}

/// A model whose revision has been looked up.
package struct ResolvedModel: Sendable {
    package let id: HubID
    package let commit: String
    package let selection: FileSelection
    /// Whether the hub was not asked.
    package let isFromCache: Bool
    /// Whether no part of a split file is missing among the files.
    let hasAllParts: Bool

    init(_ id: HubID, _ listing: RepositoryListing, isFromCache: Bool) throws(HubError) {
        self.id = id
        self.isFromCache = isFromCache
        commit = listing.commit
        selection = try FileSelection(of: id, among: listing.files)
        let entry = selection.entry
        hasAllParts = GGUFChoice.all(among: listing.files).allSatisfy { choice in
            choice.files[0] != entry || choice.isWhole
        }
    }
}
