import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on loopback that answers as the hub does, with faults on demand: the hub itself on one
/// port and, as it keeps large files elsewhere, a storage on another.
package final class HubServer: Sendable {
    package enum Host: Sendable {
        case hub, storage
    }

    /// A request that came.
    package struct Request: Sendable {
        package let host: Host
        package let method: String
        package let path: String
        package let range: String?
        package let authorization: String?
    }

    struct State {
        var repositories: [String: HubRepository] = [:]
        /// Large files of all repositories, by their SHA-256.
        var blobs: [String: [UInt8]] = [:]
        var faults: [(host: Host, part: String, fault: HubFault)] = []
        var requests: [Request] = []
        var bodyBytes = 0
        var held: [@Sendable () -> Void] = []
        var isReleased = false
    }

    let state = Mutex(State())
    private let channels: [Host: any Channel]

    /// Serves while `body` runs.
    package static func with<Result>(
        _ repositories: HubRepository..., body: (HubServer) async throws -> Result
    ) async throws -> Result {
        let server = try await HubServer()
        for repository in repositories { server.add(repository) }
        do {
            let result = try await body(server)
            try await server.close()
            return result
        } catch {
            try await server.close()
            throw error
        }
    }

    private init() async throws {
        // A handler asks its server; the server exists once its ports are known.
        let box = ServerBox()
        func listen(_ host: Host) async throws -> any Channel {
            try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.backlog, value: 64)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(HubHandler(box, host))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
        }
        channels = [.hub: try await listen(.hub), .storage: try await listen(.storage)]
        box.server.withLock { $0 = self }
    }

    private func close() async throws {
        release()
        for channel in channels.values { try await channel.close() }
    }

    /// The address of a host, without a slash at its end.
    package func address(_ host: Host = .hub) -> String {
        "http://127.0.0.1:\(channels[host]?.localAddress?.port ?? 0)"
    }

    package func add(_ repository: HubRepository) {
        state.withLock { state in
            state.repositories[repository.id] = repository
            for file in repository.files where file.isLarge { state.blobs[file.tag] = file.content }
        }
    }

    /// Has the next requests whose path contains `part` go wrong.
    package func fail(
        _ part: String, on host: Host = .storage, _ fault: HubFault, times: Int = 1
    ) {
        state.withLock { state in
            for _ in 0..<times { state.faults.append((host, part, fault)) }
        }
    }

    /// Lets go of answers that were held.
    package func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isReleased = true
            return state.held
        }
        for send in held { send() }
    }

    /// Whether an answer is being held.
    package var isHolding: Bool { state.withLock { !$0.held.isEmpty } }

    /// The requests so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Bytes of answers' bodies so far, from both hosts.
    package var bodyBytes: Int { state.withLock { $0.bodyBytes } }

    package func forgetRequests() {
        state.withLock { state in
            state.requests = []
            state.bodyBytes = 0
        }
    }
}

/// What a handler finds its server in, which starts after it.
final class ServerBox: Sendable {
    let server = Mutex<HubServer?>(nil)
}

/// What goes wrong with an answer.
package enum HubFault: Sendable {
    /// This status, with header fields.
    case status(Int, [(String, String)] = [])
    /// The connection ends after so many bytes of the body.
    case drop(after: Int)
    /// Nothing more comes after so many bytes, until the server is told to release.
    case hold(after: Int)
    /// No range is given, whatever was asked for.
    case wholeFile
    /// A byte of the body is another.
    case damage
    /// The body has another length than was announced, and is as long as said here.
    case length(Int)
    /// The entity tag is another.
    case tag(String)
    /// The body comes in pieces of so many bytes.
    case drip(Int)
}
