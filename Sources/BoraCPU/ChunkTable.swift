import Synchronization

/// Which chunks of the present loop of a job are left, by worker.
///
/// Chunks are numbered through all the loops of a job, with a gap of one between two loops. So what
/// a worker's entry says tells which loop it is of: an entry of an earlier loop is used up, and
/// stands for the worker's whole stretch of this one.
@safe struct ChunkTable: @unchecked Sendable {
    /// One loop.
    struct Loop {
        /// The number before that of its first chunk.
        let before: Int
        let chunks: Int
    }

    /// The numbers that one worker has left.
    private struct Entry {
        var next: Int
        var end: Int

        init(next: Int, end: Int) {
            self.next = next
            self.end = end
        }

        init(bits: UInt64) {
            next = Int(bits >> 32)
            end = Int(bits & 0xFFFF_FFFF)
        }

        var bits: UInt64 { UInt64(next) << 32 | UInt64(end) }
    }

    /// Each entry has a cache line of its own.
    private static let stride = 8

    let workers: Int
    private let entries: UnsafeMutablePointer<Atomic<UInt64>>

    /// A table whose memory is given back by `deallocate`.
    init(workers: Int) {
        self.workers = workers
        unsafe entries = .allocate(capacity: workers * Self.stride)
        for index in 0..<workers * Self.stride {
            unsafe (entries + index).initialize(to: Atomic(0))
        }
    }

    func deallocate() { unsafe entries.deallocate() }

    /// The chunks that a worker begins with.
    static func stretch(of worker: Int, among workers: Int, chunks: Int) -> Range<Int> {
        chunks * worker / workers..<chunks * (worker + 1) / workers
    }

    /// The next chunk of a worker, from the front or from the back of what it has left; nil where
    /// nothing is, and where the loop is over.
    func takeChunk(of owner: Int, in loop: Loop, fromBack: Bool) -> Int? {
        let first = loop.before + 1
        let entry = unsafe entries + owner * Self.stride
        var seen = unsafe entry.pointee.load(ordering: .relaxed)
        while true {
            var left = Entry(bits: seen)
            if left.end <= loop.before {
                let own = Self.stretch(of: owner, among: workers, chunks: loop.chunks)
                left = Entry(next: first + own.lowerBound, end: first + own.upperBound)
            }
            guard left.next < left.end, left.end <= first + loop.chunks else { return nil }
            let number: Int
            if fromBack {
                left.end -= 1
                number = left.end
            } else {
                number = left.next
                left.next += 1
            }
            let (exchanged, original) = unsafe entry.pointee.weakCompareExchange(
                expected: seen, desired: left.bits, ordering: .relaxed)
            if exchanged { return number - first }
            seen = original
        }
    }
}
