import NIOCore
import NIOHTTP1
import Synchronization

/// Answers the requests of one connection.
final class HubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let box: ServerBox
    private let host: HubServer.Host
    private var head: HTTPRequestHead?

    init(_ box: ServerBox, _ host: HubServer.Host) {
        self.box = box
        self.host = host
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head, let server = box.server.withLock({ $0 }) else { return }
            self.head = nil
            let answer = server.answer(head, on: host)
            let writer = AnswerWriter(server: server, channel: context.channel, answer: answer)
            writer.writeHead(head)
            writer.writeBody(isHead: head.method == .HEAD)
        }
    }
}

/// An answer as it is going to be sent.
struct HubAnswer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Of the body, where it is not what comes.
    var announcedLength: Int?
    var ending = Ending.complete
    var pieceBytes = 1 << 16

    enum Ending: Sendable {
        case complete
        case drop(after: Int)
        case hold(after: Int)
    }
}

/// Sends an answer, all of it or as far as it is meant to go.
private struct AnswerWriter: Sendable {
    let server: HubServer
    let channel: any Channel
    let answer: HubAnswer

    func writeHead(_ request: HTTPRequestHead) {
        var headers = HTTPHeaders(answer.headers)
        headers.replaceOrAdd(
            name: "Content-Length", value: "\(answer.announcedLength ?? answer.body.count)")
        channel.writeAndFlush(
            HTTPServerResponsePart.head(
                HTTPResponseHead(
                    version: request.version, status: .init(statusCode: answer.status),
                    headers: headers)), promise: nil)
    }

    func writeBody(isHead: Bool) {
        guard !isHead else { return end() }
        switch answer.ending {
        case .complete:
            write(answer.body[...])
            // A wrong length leaves the connection where no request can follow.
            answer.announcedLength == nil ? end() : close()
        case .drop(let count):
            write(answer.body.prefix(count))
            close()
        case .hold(let count):
            write(answer.body.prefix(count))
            let send: @Sendable () -> Void = {
                write(answer.body.dropFirst(count))
                end()
            }
            let isReleased = server.state.withLock { state in
                if !state.isReleased { state.held.append(send) }
                return state.isReleased
            }
            if isReleased { send() }
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>) {
        server.state.withLock { $0.bodyBytes += bytes.count }
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(answer.pieceBytes)
            rest = rest.dropFirst(piece.count)
            channel.writeAndFlush(
                HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: piece))), promise: nil)
        }
    }

    private func end() {
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }

    /// After what was written has gone.
    private func close() {
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer()))).whenComplete {
            _ in channel.close(promise: nil)
        }
    }
}
