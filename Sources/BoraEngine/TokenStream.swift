import BoraScheduling

/// The events of one request, for one reader. Letting go of the stream cancels the request, and so
/// does cancelling the task that reads it. A stream keeps its engine alive.
package final class TokenStream: AsyncSequence, Sendable {
    package typealias Element = TokenEvent

    private let id: SequenceID
    private let queue: EventQueue
    private let engine: Engine

    init(id: SequenceID, queue: EventQueue, engine: Engine) {
        self.id = id
        self.queue = queue
        self.engine = engine
    }

    deinit { cancel() }

    /// Ends the request within one step; `finished` follows. Does nothing after the end.
    package func cancel() { engine.inbox.post(.cancel(id)) }

    /// The next event, nil after the last one. Throws the error that the request failed with.
    package func next() async throws -> TokenEvent? {
        try await withTaskCancellationHandler {
            try await queue.next { engine.inbox.post(.resume(id)) }
        } onCancel: {
            cancel()
        }
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: TokenStream

        package mutating func next() async throws -> TokenEvent? { try await stream.next() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}
