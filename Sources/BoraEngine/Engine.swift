import BoraCore
import BoraDevices
import BoraScheduling

/// Runs many requests on one model: schedule, forward, sample, publish. Tokens go in, token events
/// come out.
///
/// The model and all state of inference belong to a thread of the engine's own; requests reach it
/// through an inbox, and their events leave through bounded queues. What a request yields does not
/// depend on the others.
package final class Engine: Sendable {
    package let vocabularySize: Int
    let inbox = Inbox()
    private let thread: DedicatedThread

    /// - Throws: `SystemError` when the system has no thread left.
    package init(_ runner: any StepRunner) throws(SystemError) {
        vocabularySize = runner.vocabularySize
        thread = try DedicatedThread(name: "engine") { [inbox] in
            var loop = StepLoop(runner)
            loop.run(inbox)
        }
    }

    deinit { shutdown() }

    /// Queues a request.
    ///
    /// - Throws: `EngineError` or `SamplingError` when it asks for the impossible.
    package func submit(_ request: EngineRequest) throws -> TokenStream {
        try request.validate(vocabularySize: vocabularySize)
        let queue = EventQueue(capacity: request.eventCapacity)
        let id = try inbox.submit { try LiveRequest($0, request, queue) }
        return TokenStream(id: id, queue: queue, engine: self)
    }

    /// Ends what is under way with `EngineError.stopped`, and returns when the thread has ended.
    package func shutdown() {
        inbox.close()
        thread.join()
    }
}
