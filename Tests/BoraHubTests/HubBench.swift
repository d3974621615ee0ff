import BoraCore
import BoraHub
import Foundation
import HubServer
import Synchronization

/// A cache in a folder of its own, and a server to fill it from.
struct HubBench: Sendable {
    let server: HubServer
    /// The cache's folder.
    let cache: String
    private let log = Log()

    private final class Log: Sendable {
        let events = Mutex<[HubEvent]>([])
    }

    /// Small, so that a file of some kilobytes takes many ranges; and quick to give up.
    static var limits: TransferLimits {
        var limits = TransferLimits()
        limits.chunkBytes = 1000
        limits.backoff = .milliseconds(1)
        limits.longestBackoff = .milliseconds(5)
        limits.lockPoll = .milliseconds(1)
        return limits
    }

    static func with(
        _ repository: HubRepository = .tiny, body: (HubBench) async throws -> Void
    ) async throws {
        let cache = NSTemporaryDirectory() + "bora-hub-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: cache) }
        try await HubServer.with(repository) { server in
            try await body(HubBench(server: server, cache: cache))
        }
    }

    var events: [HubEvent] { log.events.withLock { $0 } }

    var repository: CachedRepository { HubCache(cache).repository(HubID("owner/tiny")!) }

    func settings(
        token: String? = nil, isOffline: Bool = false, limits: TransferLimits = Self.limits
    ) throws -> HubSettings {
        try HubSettings(
            environment: ["HF_ENDPOINT": server.address(), "HOME": cache], cache: cache,
            token: token, isOffline: isOffline, limits: limits)
    }

    func hub<Result: Sendable>(
        token: String? = nil, isOffline: Bool = false, limits: TransferLimits = Self.limits,
        _ body: @Sendable (Hub) async throws -> Result
    ) async throws -> Result {
        try await Hub.with(
            settings(token: token, isOffline: isOffline, limits: limits),
            report: { [log] event in log.events.withLock { $0.append(event) } }, body)
    }

    /// Resolves a model and downloads it.
    ///
    /// - Returns: its path.
    @discardableResult
    func pull(
        _ id: String = "owner/tiny", token: String? = nil, isOffline: Bool = false,
        limits: TransferLimits = Self.limits
    ) async throws -> String {
        try await hub(token: token, isOffline: isOffline, limits: limits) { hub in
            try await hub.download(hub.resolve(HubID(id)!))
        }
    }

    /// The error of a pull that has to fail.
    func failure(
        _ id: String = "owner/tiny", token: String? = nil, isOffline: Bool = false,
        limits: TransferLimits = Self.limits
    ) async throws -> HubError {
        do {
            let path = try await pull(id, token: token, isOffline: isOffline, limits: limits)
            throw Unexpected(path: path)
        } catch let error as HubError {
            return error
        }
    }

    /// A pull that should have failed did not.
    struct Unexpected: Error {
        let path: String
    }

    /// The files in the cache's folder, by their paths from there.
    var files: [String] {
        let files = FileManager.default.enumerator(atPath: cache)?.compactMap { $0 as? String }
        return (files ?? []).filter { name in
            FileStatus(of: "\(cache)/\(name)", followsLinks: false)?.kind != .folder
        }.sorted()
    }

    func content(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0) }
    }
}

extension HubRepository {
    /// Numbers that repeat in no small period.
    static func content(_ count: Int, seed: Int = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ seed) >> 13) }
    }

    static let weights = content(25_500)

    /// A model with all that comes along in real ones.
    static let tiny = HubRepository(
        "owner/tiny",
        [
            File(".gitattributes", Array("*.safetensors filter=lfs".utf8)),
            File("config.json", Array("{\"model_type\": \"llama\"}".utf8)),
            File("tokenizer.json", content(3_300, seed: 1)),
            File("model.safetensors", weights, isLarge: true),
            File("pytorch_model.bin", content(2_000, seed: 2), isLarge: true),
            File("onnx/model.onnx", content(2_000, seed: 3), isLarge: true),
        ])
}
