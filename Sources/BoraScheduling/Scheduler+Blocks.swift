import BoraCore

/// Who holds which KV blocks.
extension Scheduler {
    enum Reservation { case reserved, mustWait, impossible }

    /// Gives a sequence the blocks of its next step: free ones, new ones, or those of paused and
    /// of later sequences, and of these no more than it takes.
    ///
    /// What free blocks keep for later is given up before the cache grows: memory that is asked
    /// for serves sequences, not memories of them.
    mutating func reserve(
        _ index: Int, _ plan: inout StepPlan, grow: ([Int]) -> [Int]
    ) -> Reservation {
        guard sequences[index].computed < sequences[index].tokens.count else { return .reserved }
        let needed = neededBlocks(index)
        releaseUnseen(index, before: needed.map(\.lowerBound))
        let missing = zip(needed, sequences[index].blocks).map { max(0, $0.upperBound - $1.count) }

        // First for room beside the others, then, if that is refused, for room at all.
        growPools(to: zip(pools, missing).map { $0.count - $0.freeCount + $1 }, grow)
        growPools(to: needed.map(\.count), grow)
        guard zip(needed, pools).allSatisfy({ $0.count <= $1.count }) else { return .impossible }

        // Blocks that several victims share come free with the last of them: a copy tells.
        var trial = pools
        var victims: [Int] = []
        func isMet() -> Bool { zip(missing, trial).allSatisfy { $0 <= $1.freeCount } }
        for candidate in preemptible(by: index) where !isMet() {
            for group in trial.indices { trial[group].release(sequences[candidate].blocks[group]) }
            victims.append(candidate)
        }
        guard isMet() else { return .mustWait }
        for victim in victims { preempt(victim, &plan) }
        for group in pools.indices {
            let (blocks, lost) = pools[group].allocate(missing[group])
            for prefix in lost { prefixes.setBlock(nil, of: prefix, group: group) }
            sequences[index].blocks[group] += blocks
        }
        return .reserved
    }

    /// The blocks that a sequence's next step needs in each group, counted from its start. Where
    /// all tokens are seen, those of all known tokens: a prompt that begins can then end.
    private func neededBlocks(_ index: Int) -> [Range<Int>] {
        let next = sequences[index].nextTokens(limits)
        return pools.map { pool in
            let end = pool.span.window == nil ? sequences[index].tokens.count : next.upperBound
            return pool.span.blocks(for: next.lowerBound..<end)
        }
    }

    /// Lets go of the blocks that lie wholly before the windows of all tokens to come.
    private mutating func releaseUnseen(_ index: Int, before starts: [Int]) {
        for (group, start) in starts.enumerated() {
            let unseen = sequences[index].blocks[group].prefix(start)
            guard let last = unseen.last, last != BlockPool.unseen else { continue }
            pools[group].release(unseen)
            sequences[index].blocks[group].replaceSubrange(
                unseen.indices, with: repeatElement(BlockPool.unseen, count: unseen.count))
        }
    }

    private mutating func growPools(to wanted: [Int], _ grow: ([Int]) -> [Int]) {
        guard zip(wanted, pools).contains(where: { $0 > $1.count }) else { return }
        let counts = grow(zip(wanted, pools).map { max($0, $1.count) })
        for group in pools.indices { pools[group].grow(to: counts[group]) }
    }

    /// The sequences whose blocks this one may take: paused ones, then later ones, latest first.
    private func preemptible(by index: Int) -> [Int] {
        let holders = sequences.indices.reversed().filter {
            $0 != index && sequences[$0].blocks.contains { !$0.isEmpty }
        }
        return holders.filter { sequences[$0].status == .paused }
            + holders.filter { sequences[$0].status != .paused && $0 > index }
    }

    mutating func preempt(_ index: Int, _ plan: inout StepPlan) {
        startOver(index)
        plan.preempted.append(sequences[index].id)
    }

    mutating func drop(_ index: Int, _ plan: inout StepPlan) {
        freeBlocks(index)
        sequences[index].status = .finished
        plan.exhausted.append(sequences[index].id)
    }

    /// Takes a sequence out of the batch, to begin anew with what is left of its prefix by then.
    mutating func startOver(_ index: Int) {
        freeBlocks(index)
        if sequences[index].status == .running { sequences[index].status = .waiting }
    }

    /// Gives all blocks of a sequence back; what is in the shared ones stays for whoever begins
    /// with the same tokens.
    mutating func freeBlocks(_ index: Int) {
        for group in pools.indices {
            pools[group].release(sequences[index].blocks[group])
            sequences[index].blocks[group] = []
        }
        prefixes.leave(sequences[index].prefix)
        sequences[index].prefix = PrefixTree.root
        sequences[index].shared = 0
        sequences[index].computed = 0
    }
}
