import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// HTTP as the hub speaks it: one request, its redirections, and what its status means.
struct HubTransport: Sendable {
    /// What a request is about, for the words of an error.
    struct Subject: Sendable {
        let id: HubID
        var file: String?

        var description: String { file.map { "\(id.description), \($0)" } ?? id.description }
    }

    /// An answer whose body has not come yet.
    struct Answer: Sendable {
        /// Where it came from in the end.
        let address: Address
        /// The status.
        let code: Int
        private let headers: HTTPHeaders
        let body: HTTPClientResponse.Body

        fileprivate init(_ response: HTTPClientResponse, from address: Address) {
            self.address = address
            code = Int(response.status.code)
            headers = response.headers
            body = response.body
        }

        /// The first value of a header field, whose name is written in either case.
        func header(_ name: String) -> String? { headers.first(name: name) }

        var isRedirection: Bool { 300..<400 ~= code && header("Location") != nil }
    }

    let client: HTTPClient
    let endpoint: Address
    let token: String?
    let limits: TransferLimits

    private static let maximumRedirections = 10

    static func configuration(_ limits: TransferLimits) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = TimeAmount(limits.connectTimeout)
        configuration.timeout.read = TimeAmount(limits.idleTimeout)
        configuration.httpVersion = .http1Only
        // `Patience` tries again, and says so.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            limits.files * limits.lanes + limits.lanes
        return configuration
    }

    /// Asks for what lies at an address.
    ///
    /// - Parameter range: ask for these bytes only; a server need not care.
    /// - Throws: `Outage`, `HubError`, or what the client threw.
    func get(
        _ address: Address, range: Range<Int>? = nil, about subject: Subject
    ) async throws -> Answer {
        try await follow(.GET, address, range: range, about: subject) { _, _ in true }
    }

    /// Asks for the headers that describe a file. Where the hub sends elsewhere for the file
    /// itself, they are those of the redirection.
    func head(_ address: Address, about subject: Subject) async throws -> Answer {
        try await follow(.HEAD, address, about: subject) { $0.hasOrigin(of: $1) }
    }

    private func follow(
        _ method: HTTPMethod, _ address: Address, range: Range<Int>? = nil, about subject: Subject,
        while follows: (_ from: Address, _ to: Address) -> Bool
    ) async throws -> Answer {
        var address = address
        for _ in 0...Self.maximumRedirections {
            let answer = try await send(method, address, range: range)
            guard answer.isRedirection, let location = answer.header("Location") else {
                try check(answer, about: subject)
                return answer
            }
            guard let target = address.redirected(to: location) else {
                throw HubError(
                    .invalidAnswer, subject.description,
                    "\(address.host ?? "") sends to what is no address: \(location)")
            }
            guard follows(address, target) else { return answer }
            address = target
        }
        throw HubError(
            .invalidAnswer, subject.description,
            "\(endpoint.host ?? "") sends from one address to the next without end")
    }

    private func send(
        _ method: HTTPMethod, _ address: Address, range: Range<Int>?
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address.description)
        request.method = method
        request.headers.add(name: "User-Agent", value: "bora/0.1.0")
        // A compressed answer would have another size, and other ranges.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if let token, address.hasOrigin(of: endpoint) {
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        if let range {
            request.headers.add(
                name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        }
        let response = try await client.execute(request, timeout: TimeAmount(limits.answerTimeout))
        return Answer(response, from: address)
    }

    /// All of a small answer.
    func bytes(of answer: Answer, about subject: Subject) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        var pace = Pace(limits)
        for try await piece in answer.body {
            bytes += piece.readableBytesView
            guard bytes.count <= limits.answerBytes else {
                throw HubError(
                    .invalidAnswer, subject.description,
                    "the answer of \(endpoint.host ?? "") is over \(limits.answerBytes) bytes"
                )
            }
            try pace.received(piece.readableBytes, about: subject)
        }
        return bytes
    }
}

/// Watches that bytes come at a pace at which a transfer ends.
struct Pace {
    private let period: Duration
    private var start = ContinuousClock.now
    private var bytes = 0

    init(_ limits: TransferLimits) { period = limits.slownessPeriod }

    mutating func received(_ count: Int, about subject: HubTransport.Subject) throws(Outage) {
        bytes += count
        let elapsed = ContinuousClock.now - start
        guard elapsed >= period else { return }
        guard Double(bytes) >= elapsed / .milliseconds(1) else {
            throw Outage(
                .unreachable, subject.description,
                "the server sends less than a byte per millisecond")
        }
        bytes = 0
        start = .now
    }
}

extension TimeAmount {
    init(_ duration: Duration) { self = .nanoseconds(Int64(duration / .nanoseconds(1))) }
}
