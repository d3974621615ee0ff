import BoraCore

/// Decides what each step runs: first come, first served, in integers alone.
///
/// A sequence enters the batch when the blocks for all its known tokens are there (in a group with
/// a sliding window, those for its next step), and leaves it when it is paused, preempted or
/// finished. Within a step, generating sequences come first and prompts fill the rest, chunk by
/// chunk. Missing blocks are asked for (`grow`), else taken from paused sequences and from those
/// that arrived later. The oldest sequence that is not paused can therefore take every block there
/// is: it always advances, and so everyone's turn comes.
///
/// Full blocks outlive their sequence until their place is needed. A sequence that begins like
/// an earlier one, the same chat's next turn or a preempted sequence itself, starts behind them.
///
/// A step may be planned while earlier ones are under way, as far as it needs no token that they
/// yield: chunks of prompts follow each other through the devices of a split model. Every device
/// runs steps in the order they were planned, so blocks that one step reads for the last time are
/// free for the next one to write.
package struct Scheduler: Sendable {
    package private(set) var limits: StepLimits

    /// One pool per KV group, all with blocks of as many tokens.
    package internal(set) var pools: [BlockPool]

    /// What lies in blocks, of sequences present and past.
    package internal(set) var prefixes: PrefixTree

    /// In order of arrival.
    package internal(set) var sequences: [ScheduledSequence] = []

    package init(limits: StepLimits, pools: [BlockPool]) {
        precondition(Set(pools.map(\.span.blockTokens)).count == 1)
        self.limits = limits
        self.pools = pools
        prefixes = PrefixTree(groups: pools.count)
    }

    /// Queues a sequence of at least one token. Its id is higher than all before it.
    package mutating func add(
        _ id: SequenceID, tokens: [Int32], logitsRows: ScheduledSequence.LogitsRows = .last
    ) {
        precondition(!tokens.isEmpty && sequences.last.map { $0.id < id } != false)
        sequences.append(
            ScheduledSequence(
                id: id, logitsRows: logitsRows, tokens: tokens, blocks: pools.map { _ in [] }))
    }

    /// One more token of the sequence is known: the one sampled from its last row.
    package mutating func append(_ token: Int32, to id: SequenceID) {
        sequences[index(of: id)].tokens.append(token)
    }

    /// All tokens known of a sequence.
    package func tokens(of id: SequenceID) -> [Int32] { sequences[index(of: id)].tokens }

    /// Forgets all tokens from position `length` on, and their keys and values. Where those before
    /// it cannot be continued in place, the sequence starts over.
    package mutating func truncate(_ id: SequenceID, to length: Int) {
        let index = index(of: id)
        precondition(length > 0 && length <= sequences[index].tokens.count)
        sequences[index].tokens.removeSubrange(length...)
        guard canContinue(index, at: length) else { return startOver(index) }
        sequences[index].computed = min(sequences[index].computed, length)
        for group in pools.indices {
            let needed = pools[group].span.blocks(for: 0..<length).count
            let surplus = sequences[index].blocks[group].dropFirst(needed)
            pools[group].release(surplus)
            sequences[index].blocks[group].removeLast(surplus.count)
        }
    }

    /// Whether position `length` can be computed (again): its place is in no shared block, and what
    /// it sees is still there.
    private func canContinue(_ index: Int, at length: Int) -> Bool {
        let sequence = sequences[index]
        guard length < sequence.computed else { return true }
        return zip(pools, sequence.blocks).allSatisfy { pool, table in
            length >= sequence.shared * pool.span.blockTokens
                && !table[pool.span.blocks(for: length..<length + 1)].contains(BlockPool.unseen)
        }
    }

    /// Takes the sequence out of the batch until `resume`.
    package mutating func pause(_ id: SequenceID) { sequences[index(of: id)].status = .paused }

    /// Lets a paused sequence wait for its turn again. (A step that was under way when it was
    /// paused may have made its reader lag and catch up for a second time: one that is not paused
    /// stays as it is.)
    package mutating func resume(_ id: SequenceID) {
        let index = index(of: id)
        if sequences[index].status == .paused { sequences[index].status = .waiting }
    }

    /// Drops a sequence, finished or not, and frees its blocks.
    package mutating func remove(_ id: SequenceID) {
        let index = index(of: id)
        freeBlocks(index)
        sequences.remove(at: index)
    }

    /// Nothing is stored any more and no step is under way: every sequence starts over, in pools
    /// and within limits that may be others.
    package mutating func restart(limits: StepLimits, pools: [BlockPool]) {
        precondition(pools.count == self.pools.count)
        abandon(sequences.indices)
        self.limits = limits
        self.pools = pools
        prefixes = PrefixTree(groups: pools.count)
    }

    /// Steps that were planned have come to nothing, and none is under way any more: their
    /// sequences, as far as they are still here, start over.
    package mutating func abandon(_ plans: [StepPlan]) {
        abandon(plans.flatMap { $0.slices.compactMap { find($0.id) } })
    }

    private mutating func abandon(_ indices: some Sequence<Int>) {
        for index in indices {
            sequences[index].stepsUnderWay = 0
            startOver(index)
        }
    }

    /// Plans the next step and counts its tokens as computed. Whoever runs the plan says so with
    /// `complete`, in the order of the plans; who cannot says `abandon`, or removes its sequences.
    /// An empty plan means that every sequence is paused or waits for steps under way.
    ///
    /// - Parameter grow: asked for at least so many blocks in each group; returns how many there
    ///   are now, unchanged where growth was refused.
    package mutating func nextStep(grow: ([Int]) -> [Int]) -> StepPlan {
        var plan = StepPlan()
        keepBatch(&plan, grow: grow)
        admit(&plan, grow: grow)
        sequences.removeAll { $0.status == .finished }

        var budget = limits.maxTokens
        for index in batch() {
            let tokens = sequences[index].nextTokens(limits)
            guard tokens.count <= budget else { continue }
            budget -= tokens.count
            sequences[index].computed = tokens.upperBound
            sequences[index].stepsUnderWay += 1
            plan.slices.append(slice(index, tokens))
        }
        return plan
    }

    /// The sequences that may run, generating ones first.
    ///
    /// Weights are read once for all tokens of a step, so generating sequences go together: those
    /// with a token to run wait while others still await theirs, and so do prompts that would come
    /// to await one. That ends with the steps under way.
    private func batch() -> [Int] {
        let batch = sequences.indices.filter { sequences[$0].status == .running }
        let generating = batch.filter { sequences[$0].uncomputed == 1 }
        let prompts = batch.filter { sequences[$0].uncomputed > 1 }
        guard !generating.isEmpty, sequences.contains(where: \.awaitsLogits) else {
            return generating + prompts
        }
        return prompts.filter { sequences[$0].goesOn(after: limits) }
    }

    /// Gives the sequences of the batch the blocks they need; those that get none wait.
    private mutating func keepBatch(_ plan: inout StepPlan, grow: ([Int]) -> [Int]) {
        for index in sequences.indices where sequences[index].status == .running {
            switch reserve(index, &plan, grow: grow) {
            case .reserved: break
            case .mustWait: preempt(index, &plan)
            case .impossible: drop(index, &plan)
            }
        }
    }

    /// Lets waiting sequences into the batch, up to the first that has to wait on.
    private mutating func admit(_ plan: inout StepPlan, grow: ([Int]) -> [Int]) {
        for index in sequences.indices where sequences[index].status == .waiting {
            // What it ran before it was preempted or paused may yield a token yet.
            guard sequences[index].stepsUnderWay == 0 else { return }
            let rows = sequences.reduce(sequences[index].rowsPerStep(limits)) {
                $0 + ($1.status == .running ? $1.rowsPerStep(limits) : 0)
            }
            guard rows <= limits.maxRows else { return }
            let isFresh = sequences[index].computed == 0
            if isFresh { adoptPrefix(index) }
            switch reserve(index, &plan, grow: grow) {
            case .reserved: sequences[index].status = .running
            case .mustWait:
                // Who waits for its first step holds nothing that others could use.
                if isFresh { freeBlocks(index) }
                return
            case .impossible: drop(index, &plan)
            }
        }
    }

    private func slice(_ index: Int, _ tokens: Range<Int>) -> SequenceSlice {
        let sequence = sequences[index]
        let wantsLast = tokens.upperBound == sequence.tokens.count
        let logits =
            sequence.logitsRows == .all ? tokens : tokens.suffix(wantsLast ? 1 : 0)
        return SequenceSlice(
            id: sequence.id, tokens: tokens, logits: logits, blocks: sequence.blocks)
    }

    /// Where a sequence is; to ask for one that is not here is a mistake.
    func index(of id: SequenceID) -> Int {
        guard let index = find(id) else { preconditionFailure("no sequence \(id) here") }
        return index
    }

    /// Ids rise along `sequences`, so bisection finds one.
    func find(_ id: SequenceID) -> Int? {
        var range = sequences.indices
        while range.count > 1 {
            let middle = range.lowerBound + range.count / 2
            range =
                sequences[middle].id <= id ? middle..<range.upperBound : range.lowerBound..<middle
        }
        return !range.isEmpty && sequences[range.lowerBound].id == id ? range.lowerBound : nil
    }
}
