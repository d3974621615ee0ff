import BoraCore
import CKernels
import Synchronization

/// What the workers of a pool share: the queue of jobs, and a way to wait for each other.
///
/// A job starts when the one before it is done. So workers have no place of their own in the queue:
/// each takes part in the oldest job that is not done.
final class Crew: Sendable {
    private struct Queue {
        var jobs: [Job] = []
        var isClosed = false
    }

    let count: Int
    private let queue = Condition(Queue())
    /// How often the queue was added to or closed.
    private let changes = Atomic(0)
    /// Whether a waiting thread is worker 0 now.
    private let isHelped = Atomic(false)
    /// Where threads sleep that have waited for long (how often it was rung), and how many do.
    private let bell = Condition(0)
    private let sleepers = Atomic(0)

    init(count: Int) { self.count = count }

    // MARK: Jobs

    func append(_ job: Job) { change { $0.jobs.append(job) } }

    /// Workers end when all jobs are done.
    func close() { change { $0.isClosed = true } }

    private func change(_ body: (inout Queue) -> Void) {
        queue.update(body)
        changes.wrappingAdd(1, ordering: .sequentiallyConsistent)
        ring()
    }

    /// Takes part in jobs as worker `index` until the pool is closed.
    func work(asWorker index: Int) {
        while true {
            let before = changes.load(ordering: .sequentiallyConsistent)
            let (job, isClosed) = present
            if let job {
                job.run(asWorker: index)
            } else if isClosed {
                return
            } else {
                wait(until: { changes.load(ordering: .sequentiallyConsistent) != before })
            }
        }
    }

    /// The oldest job that is not done.
    private var present: (job: Job?, isClosed: Bool) {
        let (present, _) = queue.update { queue in
            let done = queue.jobs.prefix { $0.isDone }
            queue.jobs.removeFirst(done.count)
            // What a job holds may be a pool, which must not be let go of under the lock.
            return ((queue.jobs.first, queue.isClosed), done)
        }
        return present
    }

    /// Returns when a job is done. Until then the calling thread is worker 0, unless another is.
    func finish(_ last: Job) {
        while !last.isDone {
            let (isFree, _) = isHelped.compareExchange(
                expected: false, desired: true, ordering: .sequentiallyConsistent)
            if isFree {
                while !last.isDone, let job = present.job { job.run(asWorker: 0) }
                isHelped.store(false, ordering: .sequentiallyConsistent)
                ring()
            } else {
                wait(until: { last.isDone || !isHelped.load(ordering: .sequentiallyConsistent) })
            }
        }
    }

    // MARK: Waiting

    /// Tests before a waiting thread goes to sleep: some 50 to 100 microseconds, which is longer
    /// than workers that have their cores wait for each other in generation. A sleeping thread's
    /// core is free for one that has lost its own.
    private static let patience = 4000

    /// Waits until something is true that another thread makes true and then rings for.
    ///
    /// - Parameter idle: called meanwhile, as long as the thread does not sleep.
    func wait(until isTrue: () -> Bool, meanwhile idle: () -> Void = {}) {
        for _ in 0..<Self.patience {
            if isTrue() { return }
            idle()
            bora_spin_pause()
        }
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        bell.wait { _ in isTrue() ? () : nil }
        sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }

    /// Wakes the threads that sleep.
    func ring() {
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { bell.update { $0 &+= 1 } }
    }
}
