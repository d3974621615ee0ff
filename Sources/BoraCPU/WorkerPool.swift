import BoraCore

/// Threads that run one job after another, each job on all of them at once.
///
/// Inside a job the workers walk the same code together (single program, multiple data) and share
/// out the chunks of each loop with `Worker.share`, so a whole forward pass costs one fork. The
/// thread that waits for a job is one of its workers, so that nobody needs to be woken for a step
/// or by its end.
package final class WorkerPool: Sendable {
    package let count: Int
    private let crew: Crew

    /// - Parameter count: threads, at least 1, that of the caller included.
    package init(count: Int) throws(SystemError) {
        precondition(count > 0)
        self.count = count
        crew = Crew(count: count)
        for index in 1..<count {
            do {
                _ = try DedicatedThread(name: "worker \(index)") { [crew] in
                    crew.work(asWorker: index)
                }
            } catch {
                crew.close()
                throw error
            }
        }
    }

    deinit { crew.close() }

    /// Queues a job, all of whose work is inside `Worker.share`. It may begin at once, and is sure
    /// to end when its ticket is waited for.
    package func submit(_ body: @escaping @Sendable (Worker) -> Void) -> Job {
        let job = Job(crew, body)
        crew.append(job)
        return job
    }
}
