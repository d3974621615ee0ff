import Glibc

/// A thread of one's own, for work that blocks: inference, and the workers of a device.
package final class DedicatedThread: Sendable {
    private let finished: Condition<Bool>

    /// Starts a thread that runs `body` and ends.
    ///
    /// - Parameter name: what it is for, for the error when the system has no thread left.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        finished = Condition(false)
        let start = Start(finished: finished, body: body)
        let context = unsafe Unmanaged.passRetained(start)
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                let finished = unsafe DedicatedThread.run(context!)
                finished.update { $0 = true }
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            unsafe context.release()
            throw SystemError("start", "the thread '\(name)'", errno: status)
        }
        pthread_detach(thread)
    }

    /// What the body holds is let go of when this returns.
    private static func run(_ context: UnsafeMutableRawPointer) -> Condition<Bool> {
        let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        start.body()
        return start.finished
    }

    /// Waits until the body has returned, and what it held is let go of.
    package func join() { finished.wait { $0 ? () : nil } }

    private final class Start: Sendable {
        let finished: Condition<Bool>
        let body: @Sendable () -> Void

        init(finished: Condition<Bool>, body: @escaping @Sendable () -> Void) {
            self.finished = finished
            self.body = body
        }
    }
}
