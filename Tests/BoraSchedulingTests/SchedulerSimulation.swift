import BoraCore
import BoraScheduling
import TestSupport

/// A scheduler under a random workload, with a model of its own of what each request has had and
/// of what lies in each block.
struct SchedulerSimulation {
    struct Coverage {
        var preemptions = 0
        var exhaustions = 0
        var growths = 0
        var cancellations = 0
        var pauses = 0
        var fullBatches = 0
        var reusedPrefixes = 0
        var sharedBlocks = 0
        var unseenBlocks = 0
        var failures = 0
        var truncations = 0
        var overlaps = 0
        var abandonments = 0
        var restarts = 0
    }

    private struct Request {
        /// The prompt and what was generated.
        var tokens: [Int32]
        var generate: Int
        var logitsRows: ScheduledSequence.LogitsRows
        var generated = 0
        /// Counted when a step is planned.
        var computed = 0
    }

    private(set) var trace: [StepPlan] = []
    private(set) var coverage = Coverage()
    private var random: SeededGenerator
    private var scheduler: Scheduler
    private let growthLimit: Int
    /// Steps that may be under way at once.
    private let depth: Int
    /// Planned and not completed, oldest first.
    private var underWay: [StepPlan] = []
    private var unborn: Int
    private var arrivals = 0
    private var live: [SequenceID: Request] = [:]
    private var finished: [SequenceID: Int] = [:]
    private var failures: [String] = []
    /// What was stored last in each slot of each block of each group: the tokens up to there.
    private var stored: [[[ArraySlice<Int32>]]] = []

    init(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let chunk = Int.random(in: 1...8, using: &random)
        let rows = Int.random(in: 1...6, using: &random)
        let spare = Int.random(in: 0...8, using: &random)
        let blockTokens = [1, 2, 3, 16].randomElement(using: &random)!
        let pools = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            BlockPool(
                span: KVSpan(
                    blockTokens: blockTokens,
                    window: random.oneIn(2) ? Int.random(in: 1...12, using: &random) : nil),
                count: Int.random(in: 0...24, using: &random))
        }
        scheduler = Scheduler(
            limits: StepLimits(
                chunkTokens: chunk, maxRows: rows, maxTokens: chunk + rows - 1 + spare),
            pools: pools)
        depth = Int.random(in: 1...4, using: &random)
        growthLimit = random.oneIn(2) ? 0 : Int.random(in: 0...60, using: &random)
        unborn = Int.random(in: 1...12, using: &random)
        self.random = random
    }

    /// Runs until every request has finished; returns what went wrong.
    mutating func run() -> [String] {
        while unborn > 0 || !live.isEmpty, failures.isEmpty {
            guard trace.count < 5000 else { return ["no end after \(trace.count) steps"] }
            disturb()
            if underWay.count == depth || !plan() { completeOldest() }
        }
        check(finished.values.allSatisfy { $0 == 1 }, "a request finished twice")
        check(scheduler.sequences.isEmpty, "sequences left behind")
        check(scheduler.pools.allSatisfy { $0.freeCount == $0.count }, "blocks leaked")
        checkNothingOutlivesItsBlocks()
        return failures
    }

    /// Arrivals, cancellations, pauses and resumptions between two steps.
    private mutating func disturb() {
        while unborn > 0, random.oneIn(3) {
            unborn -= 1
            let request = Request(
                tokens: prompt(), generate: Int.random(in: 1...20, using: &random),
                logitsRows: random.oneIn(5) ? .all : .last)
            let id = SequenceID(arrival: arrivals)
            arrivals += 1
            scheduler.add(id, tokens: request.tokens, logitsRows: request.logitsRows)
            live[id] = request
        }
        for sequence in scheduler.sequences {
            if random.oneIn(4) {
                scheduler.resume(sequence.id)
            } else if random.oneIn(20) {
                scheduler.pause(sequence.id)
                coverage.pauses += 1
            } else if random.oneIn(100) {
                coverage.cancellations += 1
                finish(sequence.id)
            } else if random.oneIn(50), sequence.stepsUnderWay == 0 {
                truncate(sequence.id)
            }
        }
    }

    /// Prompts of two token ids that mostly begin alike.
    private mutating func prompt() -> [Int32] {
        let alike = Int.random(in: 0...24, using: &random)
        let count = max(1, alike + Int.random(in: 0...6, using: &random))
        return (0..<count).map { $0 < alike ? 7 : Int32.random(in: 7...8, using: &random) }
    }

    /// As if tokens had been guessed, computed and found wrong.
    private mutating func truncate(_ id: SequenceID) {
        guard live[id]!.logitsRows == .last else { return }
        coverage.truncations += 1
        let length = Int.random(in: 1...live[id]!.tokens.count, using: &random)
        func computed() -> Int { scheduler.sequences.first { $0.id == id }!.computed }
        let before = computed()
        scheduler.truncate(id, to: length)
        live[id]!.tokens.removeSubrange(length...)
        let computed = computed()
        check(
            computed == min(length, before) || computed == 0,
            "truncation to \(length) of \(before) left \(computed) tokens")
        live[id]!.computed = computed
        // Its last row has been read before: it goes on with another token, as a guess would.
        if computed == length {
            scheduler.append(9, to: id)
            live[id]!.tokens.append(9)
        }
    }

    /// Plans a step, which from then on is under way; false where nothing can run.
    private mutating func plan() -> Bool {
        let limit = growthLimit
        var growths = 0
        let before = scheduler.pools.map(\.count)
        var counts = before
        let plan = scheduler.nextStep { wanted in
            if wanted.allSatisfy({ $0 <= limit }) {
                counts = zip(wanted, counts).map { max($0, $1) }
                growths += 1
            }
            return counts
        }
        trace.append(plan)
        coverage.growths += growths
        coverage.preemptions += plan.preempted.count
        coverage.exhaustions += plan.exhausted.count
        for id in plan.preempted { live[id]!.computed = 0 }
        for id in plan.exhausted { checkExhausted(id, counts: before) }
        checkBlocks()
        checkBudget(plan)
        for slice in plan.slices { checkSlice(slice) }
        checkProgress(plan)
        checkWrites(plan)
        // Every device runs steps in the order of their plans.
        for slice in plan.slices { store(slice) }
        for slice in plan.slices { checkSight(slice) }
        for slice in plan.slices { live[slice.id]!.computed = slice.tokens.upperBound }
        guard !plan.slices.isEmpty else { return false }
        underWay.append(plan)
        if underWay.count > 1 { coverage.overlaps += 1 }
        return true
    }

    private mutating func completeOldest() {
        guard !underWay.isEmpty else { return }
        if random.oneIn(40) { return fail() }
        let plan = underWay.removeFirst()
        scheduler.complete(plan)
        for slice in plan.slices where live[slice.id] != nil { publish(slice) }
    }

    /// The model could not run the oldest step: nothing is stored, and those after it came to
    /// nothing. Or it has to be loaded again, and all start over.
    private mutating func fail() {
        coverage.failures += 1
        if random.oneIn(2) {
            coverage.restarts += 1
            let pools = scheduler.pools.map { BlockPool(span: $0.span, count: $0.count) }
            scheduler.restart(limits: scheduler.limits, pools: pools)
            stored = []
        } else {
            coverage.abandonments += underWay.count - 1
            scheduler.abandon(underWay)
            for slice in underWay[0].slices where live[slice.id] != nil { finish(slice.id) }
        }
        underWay = []
        for sequence in scheduler.sequences { live[sequence.id]!.computed = sequence.computed }
    }

    private mutating func store(_ slice: SequenceSlice) {
        for (group, pool) in scheduler.pools.enumerated() {
            let size = pool.span.blockTokens
            for position in slice.tokens {
                let block = slice.blocks[group][position / size]
                stored[group][block][position % size] = live[slice.id]!.tokens[...position]
            }
        }
    }

    /// What the engine does with a slice's logits: nothing, a token, or the end.
    private mutating func publish(_ slice: SequenceSlice) {
        guard slice.tokens.upperBound == live[slice.id]!.tokens.count else { return }
        live[slice.id]!.generated += 1
        let request = live[slice.id]!
        if request.logitsRows == .all || request.generated >= request.generate {
            finish(slice.id)
        } else {
            let token = Int32.random(in: 7...8, using: &random)
            scheduler.append(token, to: slice.id)
            live[slice.id]!.tokens.append(token)
        }
    }

    private mutating func finish(_ id: SequenceID) {
        scheduler.remove(id)
        live[id] = nil
        finished[id, default: 0] += 1
    }
}

/// The invariants.
extension SchedulerSimulation {
    private mutating func check(_ isTrue: Bool, _ message: @autoclosure () -> String) {
        if !isTrue { failures.append("step \(trace.count): \(message())") }
    }

    private mutating func checkExhausted(_ id: SequenceID, counts: [Int]) {
        let tokens = live[id]!.tokens.count
        let needed = zip(scheduler.pools, counts).map { pool, count in
            let chunk = scheduler.limits.chunkTokens
            return max(pool.span.mostBlocks(tokens: tokens, chunk: chunk), count)
        }
        check(
            needed != counts && needed.contains { $0 > growthLimit },
            "\(id) dropped though its \(tokens) tokens would fit")
        live[id] = nil
        finished[id, default: 0] += 1
    }

    /// Every block is free or held by as many sequences as the pool counts.
    private mutating func checkBlocks() {
        for (group, pool) in scheduler.pools.enumerated() {
            let empty = Array(repeating: ArraySlice<Int32>(), count: pool.span.blockTokens)
            if stored.count == group { stored.append([]) }
            while stored[group].count < pool.count { stored[group].append(empty) }

            var holders = Array(repeating: 0, count: pool.count)
            for sequence in scheduler.sequences {
                let table = sequence.blocks[group]
                let held = table.filter { $0 != BlockPool.unseen }
                coverage.unseenBlocks += table.count - held.count
                for block in held { holders[block] += 1 }
                check(Set(held).count == held.count, "\(sequence.id) holds a block twice")
            }
            coverage.sharedBlocks += holders.count { $0 > 1 }
            check(holders == pool.holders, "group \(group): \(pool.holders), held \(holders)")
            check(holders.count { $0 == 0 } == pool.freeCount, "free blocks of group \(group)")
            for (block, prefix) in pool.prefixes.enumerated() {
                guard let prefix else { continue }
                let known = scheduler.prefixes.block(of: prefix, group: group)
                check(known == block, "block \(block) is not where its prefix has it")
            }
        }
    }

    /// No block that a sequence writes is anyone else's, or known to hold a prefix.
    private mutating func checkWrites(_ plan: StepPlan) {
        for slice in plan.slices {
            for (pool, table) in zip(scheduler.pools, slice.blocks) {
                let size = pool.span.blockTokens
                for block in Set(slice.tokens.map { table[$0 / size] }) {
                    check(pool.holders[block] == 1, "\(slice) writes into a shared block")
                    check(pool.prefixes[block] == nil, "\(slice) overwrites a prefix")
                }
            }
        }
    }

    /// What the slice's tokens see, in every group, is what this sequence would have computed.
    private mutating func checkSight(_ slice: SequenceSlice) {
        let tokens = live[slice.id]!.tokens
        for (group, pool) in scheduler.pools.enumerated() {
            let size = pool.span.blockTokens
            let first = pool.span.window.map { slice.tokens.lowerBound - $0 + 1 } ?? 0
            for position in max(0, first)..<slice.tokens.upperBound {
                let block = slice.blocks[group][position / size]
                guard block != BlockPool.unseen else {
                    check(false, "\(slice) has let go of position \(position)")
                    continue
                }
                check(
                    stored[group][block][position % size] == tokens[...position],
                    "\(slice) sees something else at position \(position)")
            }
        }
    }

    /// Prefixes are known for blocks only: as many at most as there are blocks.
    private mutating func checkNothingOutlivesItsBlocks() {
        let kept = scheduler.pools.reduce(0) { $0 + $1.prefixes.count { $0 != nil } }
        let isEmpty = kept == 0
        check(isEmpty == (scheduler.prefixes.count == 0), "prefixes without blocks are left")
    }

    private mutating func checkBudget(_ plan: StepPlan) {
        let limits = scheduler.limits
        let tokens = plan.slices.reduce(0) { $0 + $1.tokens.count }
        let rows = plan.slices.reduce(0) { $0 + $1.logits.count }
        check(tokens <= limits.maxTokens, "\(tokens) tokens in a step")
        check(rows <= limits.maxRows, "\(rows) logits rows in a step")
        check(Set(plan.slices.map(\.id)).count == plan.slices.count, "a sequence runs twice")
        if plan.slices.count == limits.maxRows { coverage.fullBatches += 1 }
    }

    private mutating func checkSlice(_ slice: SequenceSlice) {
        let request = live[slice.id]!
        let isLast = slice.tokens.upperBound == request.tokens.count
        let limits = scheduler.limits
        let chunk =
            request.logitsRows == .all
            ? min(limits.chunkTokens, limits.maxRows) : limits.chunkTokens
        let reused = slice.tokens.lowerBound - request.computed
        if reused != 0 {
            coverage.reusedPrefixes += 1
            check(request.computed == 0 && request.logitsRows == .last, "\(slice) leaves a gap")
            check(
                reused.isMultiple(of: scheduler.pools[0].span.blockTokens),
                "\(slice) begins within a block")
        }
        check(!slice.tokens.isEmpty && slice.tokens.count <= chunk, "\(slice) has a wrong size")
        check(isLast || slice.tokens.upperBound.isMultiple(of: chunk), "\(slice) cut elsewhere")
        switch request.logitsRows {
        case .all: check(slice.logits == slice.tokens, "\(slice) lacks rows")
        case .last:
            check(slice.logits == slice.tokens.suffix(isLast ? 1 : 0), "\(slice) has wrong rows")
        }
        for (pool, blocks) in zip(scheduler.pools, slice.blocks) {
            let tokens =
                pool.span.window == nil ? request.tokens.count : slice.tokens.upperBound
            check(
                blocks.count == pool.span.blocks(for: 0..<tokens).count,
                "\(slice) has blocks for another length")
            let held = blocks.count { $0 != BlockPool.unseen }
            check(
                held <= pool.span.mostBlocks(tokens: request.tokens.count, chunk: chunk),
                "\(slice) holds more blocks than were planned for")
        }
    }

    /// Generation never waits but for its fellows; nor does the first prompt of the batch; and
    /// something always runs.
    private mutating func checkProgress(_ plan: StepPlan) {
        let planned = Set(plan.slices.map(\.id))
        let batch = scheduler.sequences.filter { $0.status == .running }
        guard !awaitsLogits else { return checkPromptsAlone(plan) }
        for sequence in batch where !planned.contains(sequence.id) {
            check(
                sequence.tokens.count - sequence.computed > 1, "\(sequence.id) waits with one token"
            )
        }
        let prompts = batch.filter { sequence in
            let begin = plan.slices.first { $0.id == sequence.id }?.tokens.lowerBound
            return sequence.tokens.count - (begin ?? sequence.computed) > 1
        }
        if let first = prompts.first {
            check(planned.contains(first.id), "the first prompt waits")
        }
        if plan.slices.isEmpty, plan.exhausted.isEmpty, underWay.isEmpty {
            check(
                scheduler.sequences.allSatisfy { $0.status == .paused },
                "nothing runs though not all are paused")
        }
    }

    /// Whether a step under way yields the logits that a sequence waits for.
    private var awaitsLogits: Bool {
        underWay.contains { plan in
            plan.slices.contains { slice in
                guard let request = live[slice.id] else { return false }
                return slice.tokens.upperBound == request.tokens.count
                    && request.computed == request.tokens.count
            }
        }
    }

    /// While logits are awaited, tokens run one by one only if no sequence generates.
    private mutating func checkPromptsAlone(_ plan: StepPlan) {
        let generates = plan.slices.filter { slice in
            let tokens = live[slice.id]!.tokens
            return slice.tokens.lowerBound + 1 == tokens.count
        }
        check(generates.isEmpty, "\(generates) run apart from those whose logits are awaited")
    }
}
