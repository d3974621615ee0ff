import BoraCore
import BoraHub
import FoundationEssentials

/// Models by name: a hub, and the cache of what was fetched from it, which other tools share.
public struct ModelHub: Sendable {
    /// What is told otherwise than by the environment (`HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`,
    /// `HF_HUB_OFFLINE`, `HF_ENDPOINT`).
    public struct Options: Sendable {
        /// The folder of the cache.
        public var cache: String?
        /// Who asks.
        public var token: String?
        /// A branch, a tag or a commit, for names that have none.
        public var revision: String?
        /// Use the cache alone.
        public var isOffline = false

        public init() {}
    }

    /// What happens on the way, for whoever waits.
    public enum Event: Sendable {
        /// So many files are to be downloaded, and so many bytes of them are not here yet.
        case started(files: Int, bytes: Int)
        /// So many of those bytes have come. Negative when some were of no use.
        case received(bytes: Int)
        /// Why it takes longer.
        case delay(String)
        /// The result may not be the newest.
        case warning(String)
    }

    let settings: HubSettings
    private let revision: String?

    /// - Throws: when a setting is not one.
    public init(
        _ options: Options = Options(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        settings = try HubSettings(
            environment: environment, cache: options.cache, token: options.token,
            isOffline: options.isOffline)
        revision = options.revision
    }

    /// The cache's folder.
    public var cache: String { settings.cache }

    /// Fetches a model into the cache, or finds it there.
    ///
    /// - Parameters:
    ///   - name: `owner/name`, with `:Q4_K_M` or a file's name to choose among GGUF files, and with
    ///     `@revision`.
    ///   - report: called from any thread.
    /// - Returns: the path of the model's file, or of the folder with its files.
    public func pull(
        _ name: String, report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> String {
        let id = try id(name)
        return try await Hub.with(settings, report: Self.reporting(report)) { hub in
            try await hub.download(hub.resolve(id))
        }
    }

    /// The id that a name is.
    func id(_ name: String) throws -> HubID {
        guard var id = HubID(name) else { throw UnknownModel(name: name) }
        guard let revision else { return id }
        guard HubPath.isRevision(revision) else {
            throw HubError(
                .invalidSetting, name, "'\(revision)' is no branch, tag or commit of a repository")
        }
        guard id.revision == nil || id.revision == revision else {
            throw HubError(
                .invalidSetting, name, "the revision is given twice, and as '\(revision)' once")
        }
        id.revision = revision
        return id
    }

    static func reporting(
        _ report: @escaping @Sendable (Event) -> Void
    ) -> @Sendable (HubEvent) -> Void {
        { event in
            switch event {
            case .started(let files, let bytes): report(.started(files: files, bytes: bytes))
            case .received(let bytes): report(.received(bytes: bytes))
            case .waiting(let file):
                report(.delay("another process downloads \(file); waiting for it"))
            case .retrying(let reason, let delay):
                let seconds = (delay / .seconds(1)).formatted(decimals: 1)
                report(.delay("\(reason); trying again in \(seconds) s"))
            case .usingCache(let error):
                report(.warning("\(error). The model is used as it is in the cache"))
            }
        }
    }
}
