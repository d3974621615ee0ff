import Dispatch
import Glibc

/// Ctrl-C while a model answers.
enum Interruption {
    /// Does work that the first Ctrl-C cancels; a second one ends the program at once.
    static func cancelling(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        // Before the source is made, or the signal does not reach it.
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            task.cancel()
            signal(SIGINT, SIG_DFL)
        }
        source.resume()
        defer {
            source.cancel()
            signal(SIGINT, SIG_DFL)
        }
        try await task.value
    }
}
