/// Who holds which KV blocks.
extension Scheduler {
    enum Reservation { case reserved, mustWait, impossible }

    /// Gives a sequence blocks for all its known tokens: free ones, new ones, or those of paused
    /// and of later sequences, and of these no more than it takes.
    mutating func reserve(
        _ index: Int, _ plan: inout StepPlan, grow: ([Int]) -> [Int]
    ) -> Reservation {
        let sequence = sequences[index]
        let whole = pools.map { $0.blocks(holding: sequence.tokens) }
        let missing = zip(whole, sequence.blocks).map { max(0, $0 - $1.count) }
        func isMet(by blocks: [Int]) -> Bool { zip(missing, blocks).allSatisfy { $0 <= $1 } }

        // First for room beside the others, then, if that is refused, for room at all.
        growPools(to: zip(pools, missing).map { $0.count - $0.freeCount + $1 }, grow)
        growPools(to: whole, grow)
        guard zip(whole, pools).allSatisfy({ $0 <= $1.count }) else { return .impossible }

        var available = pools.map(\.freeCount)
        var victims: [Int] = []
        for candidate in preemptible(by: index) where !isMet(by: available) {
            available = zip(available, sequences[candidate].blocks).map { $0 + $1.count }
            victims.append(candidate)
        }
        guard isMet(by: available) else { return .mustWait }
        for victim in victims { preempt(victim, &plan) }
        for group in pools.indices {
            sequences[index].blocks[group] += pools[group].allocate(missing[group])
        }
        return .reserved
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
        freeBlocks(index)
        sequences[index].computed = 0
        if sequences[index].status == .running { sequences[index].status = .waiting }
        plan.preempted.append(sequences[index].id)
    }

    mutating func drop(_ index: Int, _ plan: inout StepPlan) {
        freeBlocks(index)
        sequences[index].status = .finished
        plan.exhausted.append(sequences[index].id)
    }

    mutating func freeBlocks(_ index: Int) {
        for group in pools.indices {
            pools[group].free(sequences[index].blocks[group])
            sequences[index].blocks[group] = []
        }
    }
}
