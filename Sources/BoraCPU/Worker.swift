import CKernels
import Glibc
import Synchronization

/// One thread of a crew, inside a job. All workers of the crew call `share` and `meet` the same
/// number of times in the same order.
package final class Worker {
    package let index: Int
    private let crew: Crew
    /// Loops shared so far.
    private var loops = 0

    init(index: Int, crew: Crew) {
        self.index = index
        self.crew = crew
    }

    package var count: Int { crew.count }

    /// Runs `body` once for each of `chunks` chunks, each on whichever worker is free next, and
    /// returns when all are done. A worker whose core is taken away by another process holds up the
    /// others by one chunk at most.
    package func share(_ chunks: Int, _ body: (Int) -> Void) {
        let counter = loops % Crew.counters
        while true {
            let chunk = crew.takeChunk(counter)
            guard chunk < chunks else { break }
            body(chunk)
        }
        loops += 1
        crew.meet { crew.reset((counter + 2) % Crew.counters) }
    }

    /// Shares out the chunks of several groups in one loop: `body` gets the group and its chunk.
    func share(_ groups: [Int], _ body: (_ group: Int, _ chunk: Int) -> Void) {
        share(groups.reduce(0, +)) { number in
            var chunk = number
            var group = 0
            while chunk >= groups[group] {
                chunk -= groups[group]
                group += 1
            }
            body(group, chunk)
        }
    }

    /// Waits until every worker is here.
    package func meet() { crew.meet {} }
}

/// What the workers of one pool share: chunk counters and a barrier.
final class Crew: Sendable {
    /// A counter is reset two loops ahead, when no worker is in the loop that used it last.
    static let counters = 3

    let count: Int
    private let next0 = Atomic<Int>(0)
    private let next1 = Atomic<Int>(0)
    private let next2 = Atomic<Int>(0)
    private let arrived = Atomic<Int>(0)
    private let generation = Atomic<UInt32>(0)

    init(count: Int) { self.count = count }

    func takeChunk(_ counter: Int) -> Int {
        switch counter {
        case 0: next0.wrappingAdd(1, ordering: .relaxed).oldValue
        case 1: next1.wrappingAdd(1, ordering: .relaxed).oldValue
        default: next2.wrappingAdd(1, ordering: .relaxed).oldValue
        }
    }

    func reset(_ counter: Int) {
        switch counter {
        case 0: next0.store(0, ordering: .relaxed)
        case 1: next1.store(0, ordering: .relaxed)
        default: next2.store(0, ordering: .relaxed)
        }
    }

    /// A barrier. The last worker to arrive runs `body` before any leaves.
    ///
    /// Loops are short, so waiting starts with spinning; the core is given away once the others
    /// have taken longer than their work explains, which means that another process has their core.
    func meet(_ body: () -> Void) {
        guard count > 1 else { return body() }
        let mine = generation.load(ordering: .relaxed)
        if arrived.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == count {
            arrived.store(0, ordering: .relaxed)
            body()
            generation.store(mine &+ 1, ordering: .releasing)
            return
        }
        var spins = 0
        while generation.load(ordering: .acquiring) == mine {
            spins += 1
            if spins < 2000 { bora_spin_pause() } else { sched_yield() }
        }
    }
}
