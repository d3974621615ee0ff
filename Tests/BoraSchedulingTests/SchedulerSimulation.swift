import BoraScheduling
import TestSupport

/// A scheduler under a random workload, with a model of its own of what each request has had.
struct SchedulerSimulation {
    struct Coverage {
        var preemptions = 0
        var exhaustions = 0
        var growths = 0
        var cancellations = 0
        var pauses = 0
        var fullBatches = 0
    }

    private struct Request {
        var prompt: Int
        var generate: Int
        var logitsRows: ScheduledSequence.LogitsRows
        var generated = 0
        var computed = 0

        var tokens: Int { prompt + generated }
    }

    private(set) var trace: [StepPlan] = []
    private(set) var coverage = Coverage()
    private var random: SeededGenerator
    private var scheduler: Scheduler
    private let growthLimit: Int
    private var unborn: Int
    private var arrivals = 0
    private var live: [SequenceID: Request] = [:]
    private var finished: [SequenceID: Int] = [:]
    private var failures: [String] = []

    init(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let chunk = Int.random(in: 1...8, using: &random)
        let rows = Int.random(in: 1...6, using: &random)
        let spare = Int.random(in: 0...8, using: &random)
        let pools = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            BlockPool(
                blockTokens: [1, 2, 3, 16].randomElement(using: &random)!,
                count: Int.random(in: 0...24, using: &random))
        }
        scheduler = Scheduler(
            limits: StepLimits(
                chunkTokens: chunk, maxRows: rows, maxTokens: chunk + rows - 1 + spare),
            pools: pools)
        growthLimit = random.oneIn(2) ? 0 : Int.random(in: 0...60, using: &random)
        unborn = Int.random(in: 1...12, using: &random)
        self.random = random
    }

    /// Runs until every request has finished; returns what went wrong.
    mutating func run() -> [String] {
        while unborn > 0 || !live.isEmpty, failures.isEmpty {
            guard trace.count < 5000 else { return ["no end after \(trace.count) steps"] }
            disturb()
            step()
        }
        check(finished.values.allSatisfy { $0 == 1 }, "a request finished twice")
        check(scheduler.sequences.isEmpty, "sequences left behind")
        check(scheduler.pools.allSatisfy { $0.freeCount == $0.count }, "blocks leaked")
        return failures
    }

    /// Arrivals, cancellations, pauses and resumptions between two steps.
    private mutating func disturb() {
        while unborn > 0, random.oneIn(3) {
            unborn -= 1
            let request = Request(
                prompt: Int.random(in: 1...30, using: &random),
                generate: Int.random(in: 1...20, using: &random),
                logitsRows: random.oneIn(5) ? .all : .last)
            let id = SequenceID(arrival: arrivals)
            arrivals += 1
            scheduler.add(id, tokens: request.prompt, logitsRows: request.logitsRows)
            live[id] = request
        }
        for sequence in scheduler.sequences {
            if sequence.status == .paused {
                if random.oneIn(4) { scheduler.resume(sequence.id) }
            } else if random.oneIn(20) {
                scheduler.pause(sequence.id)
                coverage.pauses += 1
            } else if random.oneIn(100) {
                coverage.cancellations += 1
                finish(sequence.id)
            }
        }
    }

    private mutating func step() {
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
        for slice in plan.slices { publish(slice) }
    }

    /// What the engine does with a slice's logits: nothing, a token, or the end.
    private mutating func publish(_ slice: SequenceSlice) {
        live[slice.id]!.computed = slice.tokens.upperBound
        guard slice.tokens.upperBound == live[slice.id]!.tokens else { return }
        live[slice.id]!.generated += 1
        let request = live[slice.id]!
        if request.logitsRows == .all || request.generated >= request.generate {
            finish(slice.id)
        } else {
            scheduler.append(slice.id)
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
        let tokens = live[id]!.tokens
        let needed = zip(scheduler.pools, counts).map { max($0.blocks(holding: tokens), $1) }
        check(
            needed != counts && needed.contains { $0 > growthLimit },
            "\(id) dropped though its \(tokens) tokens would fit")
        live[id] = nil
        finished[id, default: 0] += 1
    }

    private mutating func checkBlocks() {
        for group in scheduler.pools.indices {
            let pool = scheduler.pools[group]
            let owned = scheduler.sequences.flatMap { $0.blocks[group] }
            check(Set(owned).count == owned.count, "a block has two owners: \(owned)")
            check(owned.allSatisfy { (0..<pool.count).contains($0) }, "no such block: \(owned)")
            check(owned.count + pool.freeCount == pool.count, "blocks leaked in group \(group)")
        }
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
        let isLast = slice.tokens.upperBound == request.tokens
        let limits = scheduler.limits
        let chunk =
            request.logitsRows == .all
            ? min(limits.chunkTokens, limits.maxRows) : limits.chunkTokens
        check(slice.tokens.lowerBound == request.computed, "\(slice) leaves a gap")
        check(!slice.tokens.isEmpty && slice.tokens.count <= chunk, "\(slice) has a wrong size")
        check(isLast || slice.tokens.upperBound.isMultiple(of: chunk), "\(slice) cut elsewhere")
        switch request.logitsRows {
        case .all: check(slice.logits == slice.tokens, "\(slice) lacks rows")
        case .last:
            check(slice.logits == slice.tokens.suffix(isLast ? 1 : 0), "\(slice) has wrong rows")
        }
        for (pool, blocks) in zip(scheduler.pools, slice.blocks) {
            check(
                blocks.count == pool.blocks(holding: request.tokens),
                "\(slice) has blocks for another length")
        }
    }

    /// Generation never waits; nor does the first prompt of the batch; and something always runs.
    private mutating func checkProgress(_ plan: StepPlan) {
        let planned = Set(plan.slices.map(\.id))
        let batch = scheduler.sequences.filter { $0.status == .running }
        for sequence in batch where !planned.contains(sequence.id) {
            check(sequence.tokens - sequence.computed > 1, "\(sequence.id) waits with one token")
        }
        let prompts = batch.filter { live[$0.id]!.tokens - live[$0.id]!.computed > 1 }
        if let first = prompts.first {
            check(planned.contains(first.id), "the first prompt waits")
        }
        if plan.slices.isEmpty, plan.exhausted.isEmpty {
            check(
                scheduler.sequences.allSatisfy { $0.status == .paused },
                "nothing runs though not all are paused")
        }
    }
}
