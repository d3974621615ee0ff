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
        for ticket in tickets { try ticket.wait() }
        #expect(done.update { $0.allSatisfy { $0.allSatisfy { $0 == 20 } } })
        #expect(early.load(ordering: .relaxed) == 0)
    }

    @Test func aPoolGivenUpStillFinishesItsJobs() throws {
        let ran = Atomic<Int>(0)
        var pool: WorkerPool? = try WorkerPool(count: 2)
        let tickets = (0..<50).map { _ in
            pool!.submit { _ in ran.wrappingAdd(1, ordering: .relaxed) }
        }
        pool = nil
        for ticket in tickets { try ticket.wait() }
        #expect(ran.load(ordering: .relaxed) == 100)
    }
}
