import Dispatch
import Glibc

/// Ctrl-C while there is something else to be stopped than the program.
enum Interruption {
    /// Does work during which Ctrl-C calls `handler`, on a thread of its own.
    static func handling<Result>(
        _ handler: @escaping @Sendable () -> Void, during work: () async throws -> Result
    ) async throws -> Result {
        // Before the source is made, or the signal does not reach it.
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler(handler: handler)
        // A signal that comes before the source is registered would be lost.
        await withCheckedContinuation { registered in
            source.setRegistrationHandler { registered.resume() }
            source.resume()
        }
        defer {
            source.cancel()
            signal(SIGINT, SIG_DFL)
        }
        return try await work()
    }

    /// Does work that the first Ctrl-C cancels; a second one ends the program at once.
    static func cancelling<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await work() }
        return try await handling {
            task.cancel()
            signal(SIGINT, SIG_DFL)
        } during: {
            try await task.value
        }
    }
}
