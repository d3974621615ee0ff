import AsyncHTTPClient
import BoraCore
import NIOCore
import NIOPosix

/// A failure that may not last: worth another try.
struct Outage: Error, CustomStringConvertible {
    private let code: HubError.Code
    private let subject: String
    private let reason: String
    private let remedy: String
    /// How long the server asks to wait.
    let delay: Duration?

    /// - Parameters:
    ///   - code: `unreachable` or `serverFailed`.
    ///   - subject: what it is about, as in `HubError`.
    ///   - reason: what is wrong, as the beginning of a sentence.
    init(
        _ code: HubError.Code, _ subject: String, _ reason: String,
        remedy: String = "Try again later", delay: Duration? = nil
    ) {
        self.code = code
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.delay = delay
    }

    /// What to say while it may pass.
    var description: String { "\(subject): \(reason)" }

    /// What to say when it does last.
    var error: HubError { HubError(code, subject, "\(reason). \(remedy)") }

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
                .unreachable, subject, Self.words(for: error, host: host),
                remedy: "Check the network, and try again; with --offline, only the cache is used")
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
        case let error as IOError:
            SystemError("connect to", host, errno: error.errnoCode).description
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
        report(.retrying(outage.description, delay: delay))
        try await Task.sleep(for: delay)
    }
}
