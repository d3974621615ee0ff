import BoraCPU
import BoraCore
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
    /// Every chunk of every loop runs exactly once, and no loop starts before the one before it
    /// has ended, whatever the number of threads and chunks.
    @Test(arguments: [1, 2, 3, 8])
    func sharesEveryChunkOnce(threads: Int) throws {
        let pool = try WorkerPool(count: threads)
        let sizes = [1, 7, 0, 64, 3, 1000, 2]
        let done = Condition(sizes.map { Array(repeating: 0, count: $0) })
        let early = Atomic<Int>(0)
        let tickets = (0..<20).map { _ in
            pool.submit { worker in
                for (loop, size) in sizes.enumerated() {
                    worker.share(size) { chunk in
                        done.update { done in
                            done[loop][chunk] += 1
                            let before = done[..<loop].allSatisfy { counts in
                                counts.allSatisfy { $0 >= done[loop][chunk] }
                            }
                            if !before { early.wrappingAdd(1, ordering: .relaxed) }
                        }
                    }
                }
            }
        }
        for ticket in tickets { ticket.wait() }
        #expect(done.update { $0.allSatisfy { $0.allSatisfy { $0 == 20 } } })
        #expect(early.load(ordering: .relaxed) == 0)
    }

    @Test func aPoolGivenUpStillFinishesItsJobs() throws {
        let ran = Atomic<Int>(0)
        var pool: WorkerPool? = try WorkerPool(count: 2)
        let tickets = (0..<50).map { _ in
            pool!.submit { worker in
                worker.share(2) { _ in ran.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        pool = nil
        for ticket in tickets { ticket.wait() }
        #expect(ran.load(ordering: .relaxed) == 100)
    }

    /// A worker that has lost its core between two chunks is not waited for, and does nothing twice
    /// when it comes back.
    @Test func goesOnWithoutAWorkerThatIsAway() throws {
        let pool = try WorkerPool(count: 2)
        let counts = Condition(Array(repeating: 0, count: 3))
        let isBack = Condition(false)
        let sizes = [5, 1, 4]
        let first = pool.submit { worker in
            if worker.index == 1 { isBack.wait { $0 ? () : nil } }
            for (loop, size) in sizes.enumerated() {
                worker.share(size) { _ in counts.update { $0[loop] += 1 } }
            }
        }
        first.wait()
        #expect(counts.update { $0 } == sizes)
        let second = pool.submit { worker in
            worker.share(7) { _ in counts.update { $0[0] += 1 } }
        }
        second.wait()
        #expect(counts.update { $0 } == [12, 1, 4])
        // Where the second worker has not begun the first job, it never does.
        isBack.update { $0 = true }
        pool.submit { worker in worker.share(3) { _ in counts.update { $0[1] += 1 } } }.wait()
        #expect(counts.update { $0 } == [12, 4, 4])
    }

    /// A job may hold the last reference to its pool.
    @Test func aJobMayOwnItsPool() throws {
        for _ in 0..<100 {
            let pool = try WorkerPool(count: 2)
            pool.submit { worker in worker.share(pool.count) { _ in } }.wait()
        }
    }

    /// Whoever waits takes part, and threads that wait at the same time get along.
    @Test(arguments: [1, 3])
    func manyThreadsWait(threads: Int) throws {
        let pool = try WorkerPool(count: threads)
        let sum = Atomic<Int>(0)
        let waiters = try (1...4).map { number in
            try DedicatedThread(name: "waiter \(number)") {
                for _ in 0..<50 {
                    pool.submit { worker in
                        for size in 1...number {
                            worker.share(size) { sum.wrappingAdd($0, ordering: .relaxed) }
                        }
                    }.wait()
                }
            }
        }
        for waiter in waiters { waiter.join() }
        // Loops of n chunks add 0 + … + n-1: 0, 1, 4 and 10 for a job of the four waiters.
        #expect(sum.load(ordering: .relaxed) == 50 * (0 + 1 + 4 + 10))
    }
}
