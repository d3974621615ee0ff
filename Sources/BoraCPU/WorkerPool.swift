import BoraCore
import BoraDevices

/// Threads that run one job after another, each job on all of them at once.
///
/// Inside a job the workers walk the same code together (single program, multiple data) and share
/// out the chunks of each loop with `Worker.share`, so a whole forward pass costs one fork.
package final class WorkerPool: Sendable {
    package typealias Job = @Sendable (Worker) -> Void

    fileprivate struct Inbox {
        var jobs: [(job: Job, ticket: WorkTicket)] = []
        /// Number of `jobs[0]`, counted since the pool was made.
        var first = 0
        /// How many workers have taken `jobs[0]`. They take jobs in order, and meet at the barriers
        /// of each, so no worker is more than one job ahead.
        var taken = 0
        var isClosed = false
    }

    package let count: Int
    private let inbox = Condition(Inbox())

    /// - Parameter count: threads, at least 1.
    package init(count: Int) throws(SystemError) {
        precondition(count > 0)
        self.count = count
        let crew = Crew(count: count)
        for index in 0..<count {
            let inbox = inbox
            do {
                _ = try DedicatedThread(name: "worker \(index)") {
                    let worker = Worker(index: index, crew: crew)
                    var number = 0
                    while let (job, ticket) = Self.next(number, from: inbox, workers: count) {
                        job(worker)
                        worker.meet()
                        if worker.index == 0 { ticket.finish() }
                        number += 1
                    }
                }
            } catch {
                close()
                throw error
            }
        }
    }

    deinit { close() }

    /// Queues a job. Its ticket is done when every worker has finished it.
    package func submit(_ job: @escaping Job) -> WorkTicket {
        let ticket = WorkTicket()
        inbox.update { $0.jobs.append((job, ticket)) }
        return ticket
    }

    private func close() { inbox.update { $0.isClosed = true } }

    /// Waits for job `number`; nil when the pool is given up and no job is left.
    private static func next(
        _ number: Int, from inbox: Condition<Inbox>, workers: Int
    ) -> (job: Job, ticket: WorkTicket)? {
        inbox.wait { state in
            let index = number - state.first
            guard index < state.jobs.count else { return state.isClosed ? .some(nil) : nil }
            let job = state.jobs[index]
            state.taken += 1
            if state.taken == workers {
                state.taken = 0
                state.jobs.removeFirst()
                state.first += 1
            }
            return .some(job)
        }
    }
}

/// A job's end.
package final class WorkTicket: Ticket {
    private let isFinished = Condition(false)

    package func wait() throws(DeviceError) { isFinished.wait { $0 ? () : nil } }

    fileprivate func finish() { isFinished.update { $0 = true } }
}
