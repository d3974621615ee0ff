import BoraCore

/// A thread of one device, which does one job after another.
final class Lane: Sendable {
    typealias Job = @Sendable () -> Void

    private struct Inbox {
        /// First come, first served.
        var jobs: [Job] = []
        var isClosed = false
    }

    private let inbox = Condition(Inbox())
    private let thread: DedicatedThread

    /// - Parameter name: for the error when the system has no thread left.
    init(name: String) throws(SystemError) {
        thread = try DedicatedThread(name: name) { [inbox] in
            while let job = Self.next(in: inbox) { job() }
        }
    }

    func add(_ job: @escaping Job) { inbox.update { $0.jobs.append(job) } }

    /// Returns when all jobs are done and let go of, and the thread has ended.
    func close() {
        inbox.update { $0.isClosed = true }
        thread.join()
    }

    private static func next(in inbox: Condition<Inbox>) -> Job? {
        inbox.wait { state in
            guard state.jobs.isEmpty else { return .some(state.jobs.removeFirst()) }
            return state.isClosed ? .some(nil) : nil
        }
    }
}
