import BoraCore

/// The bounded queue between the engine's thread and the one reader of a request.
final class EventQueue: Sendable {
    private typealias Reader = CheckedContinuation<TokenEvent?, any Error>

    private struct State {
        var events: [TokenEvent] = []
        /// Set when nothing more will come.
        var end: Result<TokenEvent?, any Error>?
        var reader: Reader?
        /// From the event that filled the queue until half of it has been read.
        var isFull = false
    }

    private let capacity: Int
    private let state = Condition(State())

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// Takes an event, even when full: whoever pushes stops when told that it is.
    ///
    /// - Returns: whether the queue is full now.
    func push(_ event: TokenEvent) -> Bool {
        let (reader, isFull) = state.update { state -> (Reader?, Bool) in
            if let reader = state.reader.take() { return (reader, false) }
            state.events.append(event)
            state.isFull = state.events.count >= capacity
            return (nil, state.isFull)
        }
        reader?.resume(returning: event)
        return isFull
    }

    /// Nothing more will come; the reader gets the error, if any, after the last event.
    func end(throwing error: (any Error)? = nil) {
        let end: Result<TokenEvent?, any Error> = error.map { .failure($0) } ?? .success(nil)
        let reader = state.update { state in
            state.end = end
            return state.reader.take()
        }
        reader?.resume(with: end)
    }

    /// The next event, nil after the last one.
    ///
    /// - Parameter drained: called when a queue that was full has room again.
    func next(drained: () -> Void) async throws -> TokenEvent? {
        let event = try await withCheckedThrowingContinuation { (reader: Reader) in
            let ready = state.update { state -> Result<TokenEvent?, any Error>? in
                precondition(state.reader == nil, "a request has one reader")
                if !state.events.isEmpty { return .success(state.events.removeFirst()) }
                if state.end == nil { state.reader = reader }
                return state.end
            }
            if let ready { reader.resume(with: ready) }
        }
        let hasDrained = state.update { state in
            guard state.isFull, state.events.count <= capacity / 2 else { return false }
            state.isFull = false
            return true
        }
        if hasDrained { drained() }
        return event
    }
}
