import BoraCore
import BoraScheduling

/// What others want of the engine's thread, in order.
final class Inbox: Sendable {
    enum Message: Sendable {
        case submit(LiveRequest)
        case cancel(SequenceID)
        /// The request's reader has caught up.
        case resume(SequenceID)
    }

    private struct State {
        var messages: [Message] = []
        var submitted = 0
        var isClosed = false
    }

    private let state = Condition(State())

    /// Queues a request under an id of its own.
    func submit(_ make: (SequenceID) throws -> LiveRequest) throws -> SequenceID {
        try state.update { state in
            guard !state.isClosed else { throw EngineError(.stopped) }
            let id = SequenceID(arrival: state.submitted)
            state.messages.append(.submit(try make(id)))
            state.submitted += 1
            return id
        }
    }

    func post(_ message: Message) {
        state.update { state in
            if !state.isClosed { state.messages.append(message) }
        }
    }

    /// Lets nothing more in.
    func close() { state.update { $0.isClosed = true } }

    /// Takes all messages, first waiting for one if there is nothing else to do. Once closed, also
    /// says so.
    func take(waiting: Bool) -> (messages: [Message], isClosed: Bool) {
        state.wait { state in
            guard !state.messages.isEmpty || state.isClosed || !waiting else { return nil }
            defer { state.messages = [] }
            return (state.messages, state.isClosed)
        }
    }
}
