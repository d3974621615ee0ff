import BoraDevices
import Synchronization

/// Work on its way through the workers of a pool, and the ticket for it.
package final class Job: Ticket {
    let crew: Crew
    let table: ChunkTable
    private let body: @Sendable (Worker) -> Void
    /// Chunks done, of all loops.
    private let done = Atomic(0)
    private let hasEnded = Atomic(false)

    init(_ crew: Crew, _ body: @escaping @Sendable (Worker) -> Void) {
        self.crew = crew
        self.body = body
        table = ChunkTable(workers: crew.count)
    }

    deinit { table.deallocate() }

    /// Goes through the job as one of its workers. Whoever comes to its end first has waited for
    /// every chunk, so the job is done.
    func run(asWorker index: Int) {
        body(Worker(index: index, job: self))
        hasEnded.store(true, ordering: .sequentiallyConsistent)
        crew.ring()
    }

    var isDone: Bool { hasEnded.load(ordering: .sequentiallyConsistent) }

    /// Whether so many chunks are done. What was written in them can be read then.
    func hasDone(_ chunks: Int) -> Bool { done.load(ordering: .sequentiallyConsistent) >= chunks }

    func add(_ chunks: Int) {
        done.wrappingAdd(chunks, ordering: .sequentiallyConsistent)
        crew.ring()
    }

    /// Returns when the job is done. The calling thread takes part in it and in those before it.
    package func wait() { crew.finish(self) }
}
