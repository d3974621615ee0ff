import AsyncHTTPClient
import NIOCore
import Synchronization

/// A file on the hub, read in whole or in ranges.
final class RemoteFile: Sendable {
    /// The server answers a request for a range with the whole file.
    struct RangesIgnored: Error {}

    let subject: HubTransport.Subject
    private let transport: HubTransport
    /// Where the hub is asked for it. The commit is part of it: this content does not change.
    private let origin: Address
    private let state = Mutex(State())

    private struct State {
        /// Where the hub sent to. Such addresses hold for a while.
        var location: Address?
        /// The tag that the server there gives to the content.
        var tag: String?
    }

    init(
        _ name: String, of id: HubID, commit: String, _ transport: HubTransport
    ) throws(HubError) {
        subject = HubTransport.Subject(id: id, file: name)
        self.transport = transport
        let text =
            "\(transport.endpoint)/\(id.repository)/resolve/"
            + "\(commit)/\(HubPath.escaped(name))"
        guard let address = Address(text) else {
            throw HubError(.invalidAnswer, subject.description, "\(text) is no address")
        }
        origin = address
    }

    var name: String { subject.file ?? "" }

    /// What the hub says about it.
    func description() async throws -> FileDescription {
        let answer = try await transport.head(origin, about: subject)
        return try FileDescription(
            isRedirection: answer.isRedirection, name: subject.description, answer.header)
    }

    /// An answer with the file's content, or a range of it.
    func answer(range: Range<Int>?) async throws -> HubTransport.Answer {
        do {
            let location = state.withLock { $0.location } ?? origin
            let answer = try await transport.get(location, range: range, about: subject)
            state.withLock { $0.location = answer.address }
            return answer
        } catch {
            // The address may have run out; the hub gives a new one.
            state.withLock { $0.location = nil }
            throw error
        }
    }

    /// What a try failed with.
    func outage(from error: any Error) throws -> Outage {
        try Outage(error, subject: subject.description, host: transport.endpoint.host ?? "")
    }

    /// The bytes of a range, in as many requests as it takes.
    ///
    /// - Parameters:
    ///   - total: bytes of the whole file.
    ///   - report: hears of every piece.
    /// - Throws: `RangesIgnored` where the server gives nothing but the whole file.
    func bytes(
        _ range: Range<Int>, of total: Int, report: @escaping @Sendable (HubEvent) -> Void
    ) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var patience = Patience(transport.limits, report: report)
        while bytes.count < range.count {
            let rest = range.lowerBound + bytes.count..<range.upperBound
            do {
                let answer = try await answer(range: rest)
                try check(answer, covers: rest, of: total)
                var pace = Pace(transport.limits)
                for try await piece in answer.body {
                    guard bytes.count + piece.readableBytes <= range.count else {
                        throw wrongSize(bytes.count + piece.readableBytes, of: range.count)
                    }
                    bytes += piece.readableBytesView
                    report(.received(bytes: piece.readableBytes))
                    patience.reset()
                    try pace.received(piece.readableBytes, about: subject)
                }
                guard bytes.count == range.count else {
                    throw brokeOff(after: bytes.count, of: range.count)
                }
            } catch let error as RangesIgnored {
                report(.received(bytes: -bytes.count))
                throw error
            } catch {
                try await patience.wait(after: outage(from: error))
            }
        }
        return bytes
    }

    /// Whether an answer is what was asked for: this range of the file that other ranges are of.
    private func check(
        _ answer: HubTransport.Answer, covers range: Range<Int>, of total: Int
    ) throws {
        let tag = answer.header("ETag")
        let isSame = state.withLock { state in
            defer { state.tag = tag }
            return state.tag == nil || state.tag == tag
        }
        guard isSame else {
            throw HubError(
                .changed, subject.description,
                "the file changed on the server while it was downloaded. Try again")
        }
        if answer.code == 200 {
            guard range == 0..<total else { throw RangesIgnored() }
            return
        }
        let expected = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)"
        let given = answer.header("Content-Range")
        guard answer.code == 206, given == expected else {
            throw HubError(
                .wrongSize, subject.description,
                "the server sends '\(given ?? "status \(answer.code)")' where '\(expected)' was "
                    + "asked for")
        }
    }

    func wrongSize(_ count: Int, of expected: Int) -> HubError {
        HubError(
            .wrongSize, subject.description,
            "the server sent \(count) bytes where \(expected) were announced. Try again later")
    }

    /// An answer ended too early. What came is good.
    func brokeOff(after count: Int, of expected: Int) -> Outage {
        Outage(
            .unreachable, subject.description,
            "the server sent only \(count) of \(expected) bytes",
            remedy: "Try again later: what came is kept")
    }
}
