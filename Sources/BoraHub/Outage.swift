import AsyncHTTPClient
import BoraCore
import NIOCore
import NIOPosix

/// A failure that may not last: worth another try.
struct Outage: Error {
    /// What to say when it does last.
    let error: HubError
    /// How long the server asks to wait.
    var delay: Duration?

    init(_ error: HubError, delay: Duration? = nil) {
        self.error = error
        self.delay = delay
    }

    /// What a request failed with.
    ///
    /// - Throws: what no second try would mend.
    init(_ error: any Error, subject: String, host: String) throws {
        try Task.checkCancellation()
        switch error {
        case let outage as Outage: self = outage
        case is any DescribedError, is CancellationError: throw error
        default:
            self.init(
                HubError(
                    .unreachable, subject,
                    "\(Self.words(for: error, host: host)). Check the network, and try again; with "
                        + "--offline, only the cache is used"))
        }
    }

    private static func words(for error: any Error, host: String) -> String {
        switch error {
        case let error as HTTPClientError
        where [.readTimeout, .connectTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout]
            .contains(error):
            "\(host) does not answer"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            "the connection to \(host) broke off"
        case is NIOConnectionError, is ChannelError:
            "there is no connection to \(host)"
        default: "the connection to \(host) failed (\(error))"
        }
    }
}

/// Waits between tries, longer each time, and gives up when there were too many in a row.
struct Patience {
    private let limits: TransferLimits
    private let attempts: Int
    private let report: @Sendable (HubEvent) -> Void
    private var failures = 0

    init(
        _ limits: TransferLimits, attempts: Int? = nil,
        report: @escaping @Sendable (HubEvent) -> Void
    ) {
        self.limits = limits
        self.attempts = attempts ?? limits.attempts
        self.report = report
    }

    /// Something has come: the server is there.
    mutating func reset() { failures = 0 }

    /// - Throws: the outage's error when it lasts.
    mutating func wait(after outage: Outage) async throws {
        failures += 1
        guard failures < attempts else { throw outage.error }
        let usual = limits.backoff * (1 << min(failures - 1, 16))
        let delay = min(max(outage.delay ?? .zero, usual), limits.longestBackoff)
        report(.retrying(outage.error, delay: delay))
        try await Task.sleep(for: delay)
    }
}
