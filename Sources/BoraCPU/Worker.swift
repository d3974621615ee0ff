import CKernels

/// One thread inside a job. All workers of the job call `share` the same number of times, with the
/// same numbers of chunks.
@safe package final class Worker {
    package let index: Int
    private let job: Job
    /// Chunks of the loops so far.
    private var shared = 0
    /// The number before that of the next loop's first chunk: see `ChunkTable`.
    private var numbered = 0
    /// Memory that this worker is going to read, to be fetched while it waits.
    private var ahead: [UnsafeRawBufferPointer] = unsafe []

    init(index: Int, job: Job) {
        self.index = index
        self.job = job
    }

    package var count: Int { job.table.workers }

    /// Runs `body` once for each of `chunks` chunks and returns when all are done. Each worker
    /// begins with a stretch of neighbouring chunks, which it reads like one stream, and then takes
    /// what others have left, from the back.
    ///
    /// Nobody waits for a worker, only for chunks: one whose core is taken away by another process
    /// holds up the others by the chunk that it is in, and finds later that its part is done.
    package func share(_ chunks: Int, _ body: (Int) -> Void) {
        let loop = ChunkTable.Loop(before: numbered, chunks: chunks)
        numbered += chunks + 1
        shared += chunks
        guard !job.hasDone(shared) else { return }
        var done = 0
        for turn in 0..<count {
            let owner = (index + turn) % count
            while let chunk = job.table.takeChunk(of: owner, in: loop, fromBack: turn > 0) {
                body(chunk)
                done += 1
            }
        }
        job.add(done)
        job.crew.wait(until: { job.hasDone(shared) }, meanwhile: fetchAhead)
    }

    /// Shares out the chunks of several groups in one loop: `body` gets the group and its chunk.
    func share(_ groups: [Int], _ body: (_ group: Int, _ chunk: Int) -> Void) {
        share(groups.reduce(0, +)) { number in
            let (group, chunk) = Self.place(of: number, in: groups)
            body(group, chunk)
        }
    }

    /// The group and the chunk that this worker begins with when `groups` are shared out; nil where
    /// there is none for it.
    func firstChunk(of groups: [Int]) -> (group: Int, chunk: Int)? {
        let all = groups.reduce(0, +)
        let own = ChunkTable.stretch(of: index, among: count, chunks: all)
        return own.isEmpty ? nil : Self.place(of: own.lowerBound, in: groups)
    }

    private static func place(of number: Int, in groups: [Int]) -> (group: Int, chunk: Int) {
        var chunk = number
        var group = 0
        while chunk >= groups[group] {
            chunk -= groups[group]
            group += 1
        }
        return (group, chunk)
    }

    /// Says what memory this worker is going to read soon, instead of what it said before.
    func willRead(_ memory: [UnsafeRawBufferPointer]) { unsafe ahead = memory }

    /// Asks for some of the memory ahead.
    private func fetchAhead() {
        guard let next = unsafe ahead.last else { return }
        let portion = 512
        unsafe bora_fetch(next.baseAddress, min(portion, next.count))
        guard next.count > portion else {
            unsafe ahead.removeLast()
            return
        }
        unsafe ahead[ahead.count - 1] = UnsafeRawBufferPointer(rebasing: next[portion...])
    }
}
