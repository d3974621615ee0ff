import BoraCore
import BoraScheduling
import Testing

@Suite struct SchedulerTests {
    let limits = StepLimits(chunkTokens: 4, maxRows: 2, maxTokens: 5)

    private func scheduler(blocks: Int = 100) -> Scheduler {
        let pool = BlockPool(span: KVSpan(blockTokens: 2), count: blocks)
        return Scheduler(limits: limits, pools: [pool])
    }

    @Test func cutsAPromptAtMultiplesOfTheChunk() {
        var scheduler = scheduler()
        let id = scheduler.add(tokens: 9)
        var cuts: [SequenceSlice] = []
        for _ in 0..<3 { cuts += scheduler.nextStepWithoutGrowth().slices }
        #expect(cuts.map(\.tokens) == [0..<4, 4..<8, 8..<9])
        #expect(cuts.map(\.logits) == [4..<4, 8..<8, 8..<9])
        #expect(cuts.last?.blocks == [[0, 1, 2, 3, 4]])
        #expect(scheduler.nextStepWithoutGrowth().slices.isEmpty)
        scheduler.append(7, to: id)
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.tokens) == [9..<10])
    }

    @Test func generationComesBeforePrompts() {
        var scheduler = scheduler()
        let first = scheduler.add(tokens: 1)
        _ = scheduler.nextStepWithoutGrowth()
        scheduler.append(7, to: first)
        let second = scheduler.add(tokens: 6)
        let plan = scheduler.nextStepWithoutGrowth()
        #expect(plan.slices.map(\.id) == [first, second])
        #expect(plan.slices.map(\.tokens) == [1..<2, 0..<4])
    }

    @Test func allRowsAreCutToTheRowsAStepMayYield() {
        var scheduler = scheduler()
        _ = scheduler.add(tokens: 3, logitsRows: .all)
        let other = scheduler.add(tokens: 1)
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.logits) == [0..<2])
        let last = scheduler.nextStepWithoutGrowth()
        #expect(last.slices.map(\.logits) == [2..<3])
        scheduler.remove(last.slices[0].id)
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.id) == [other])
    }

    @Test func theLatestGivesItsBlocksAwayAndStartsAgain() {
        var scheduler = scheduler(blocks: 3)
        let first = scheduler.add(tokens: 4)
        let second = scheduler.add(tokens: 2)
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.id) == [first])
        scheduler.append(7, to: first)
        let plan = scheduler.nextStepWithoutGrowth()
        #expect(plan.preempted == [second])
        #expect(plan.slices.map(\.id) == [first])
        scheduler.remove(first)
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.tokens) == [0..<2])
    }

    @Test func aPausedSequenceGivesWay() {
        var scheduler = scheduler(blocks: 2)
        let slow = scheduler.add(tokens: 3)
        scheduler.complete(scheduler.nextStepWithoutGrowth())
        scheduler.append(7, to: slow)
        scheduler.pause(slow)
        let quick = scheduler.add(tokens: 2)
        let plan = scheduler.nextStepWithoutGrowth()
        #expect(plan.preempted == [slow])
        #expect(plan.slices.map(\.id) == [quick])
        scheduler.remove(quick)
        scheduler.resume(slow)
        // The quick one took the later of two blocks.
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.tokens) == [2..<4])
    }

    @Test func chunksFollowEachOtherAndTokensWaitForTheirFellows() {
        var scheduler = scheduler()
        let generating = scheduler.add(tokens: 1)
        let first = scheduler.nextStepWithoutGrowth()
        let prompt = scheduler.add(tokens: 10)
        // No token of the first step is needed for chunks of a prompt.
        let second = scheduler.nextStepWithoutGrowth()
        let third = scheduler.nextStepWithoutGrowth()
        #expect(second.slices.map(\.tokens) == [0..<4] && third.slices.map(\.tokens) == [4..<8])
        scheduler.complete(first)
        scheduler.append(7, to: generating)
        // Nothing under way yields a token: the generating sequence goes on beside the prompt.
        let fourth = scheduler.nextStepWithoutGrowth()
        #expect(fourth.slices.map(\.id) == [generating, prompt])
        scheduler.complete(second)
        scheduler.complete(third)
        scheduler.complete(fourth)
        scheduler.append(8, to: generating)
        scheduler.append(8, to: prompt)
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.tokens) == [2..<3, 10..<11])
    }

    @Test func whatIsUnderWayIsNotComputedTwice() {
        var scheduler = scheduler(blocks: 4)
        let first = scheduler.add(tokens: 3)
        scheduler.complete(scheduler.nextStepWithoutGrowth())
        scheduler.append(7, to: first)
        let generation = scheduler.nextStepWithoutGrowth()
        let second = scheduler.add(tokens: 3)
        let prompt = scheduler.nextStepWithoutGrowth()
        #expect(prompt.slices.map(\.id) == [second])
        scheduler.complete(generation)
        scheduler.append(7, to: first)
        // The first one takes blocks of the second, which waits until its step is done.
        let taking = scheduler.nextStepWithoutGrowth()
        #expect(taking.preempted == [second] && taking.slices.map(\.id) == [first])
        scheduler.complete(prompt)
        scheduler.append(9, to: second)
        scheduler.abandon([taking])
        #expect(scheduler.sequences.allSatisfy { $0.computed == 0 && $0.stepsUnderWay == 0 })
        scheduler.remove(first)
        #expect(scheduler.nextStepWithoutGrowth().slices.map(\.tokens) == [0..<4])
    }

    @Test func asksToGrowBeforeItTakesFromOthers() {
        var scheduler = scheduler(blocks: 2)
        let first = scheduler.add(tokens: 4)
        let second = scheduler.add(tokens: 1)
        var asked: [[Int]] = []
        let plan = scheduler.nextStep { wanted in
            asked.append(wanted)
            return [8]
        }
        #expect(asked == [[3]])
        #expect(Set(plan.slices.map(\.id)) == [first, second])
        #expect(scheduler.pools[0].count == 8)
    }

    @Test func asksAtLeastForRoomAlone() {
        var scheduler = scheduler(blocks: 2)
        _ = scheduler.add(tokens: 2)
        let large = scheduler.add(tokens: 6)
        var asked: [[Int]] = []
        let plan = scheduler.nextStep { wanted in
            asked.append(wanted)
            return wanted == [3] ? [3] : [2]
        }
        #expect(asked == [[4], [3]])
        #expect(plan.exhausted.isEmpty && scheduler.sequences.last?.id == large)
    }

    @Test func dropsWhatTheWholeCacheCannotHold() {
        var scheduler = scheduler(blocks: 2)
        let large = scheduler.add(tokens: 5)
        let small = scheduler.add(tokens: 4)
        let plan = scheduler.nextStepWithoutGrowth()
        #expect(plan.exhausted == [large])
        #expect(plan.slices.map(\.id) == [small])
        scheduler.append(7, to: small)
        #expect(scheduler.nextStepWithoutGrowth().exhausted == [small])
        #expect(scheduler.sequences.isEmpty && scheduler.pools[0].freeCount == 2)
    }

    @Test func truncationFreesTheBlocksBehind() {
        var scheduler = scheduler()
        let id = scheduler.add(tokens: 7)
        for _ in 0..<2 { scheduler.complete(scheduler.nextStepWithoutGrowth()) }
        scheduler.truncate(id, to: 6)
        #expect(scheduler.sequences[0].blocks == [[0, 1, 2]])
        #expect(scheduler.sequences[0].computed == 6)
        scheduler.append(7, to: id)
        let slice = scheduler.nextStepWithoutGrowth().slices.first
        #expect(slice?.tokens == 6..<7 && slice?.logits == 6..<7)
    }

    @Test func givesUpMemoriesBeforeItAsksToGrow() {
        var scheduler = scheduler(blocks: 3)
        let first = scheduler.add(tokens: 4)
        scheduler.complete(scheduler.nextStepWithoutGrowth())
        scheduler.remove(first)
        _ = scheduler.add(Array(50..<56))
        var hasAsked = false
        let plan = scheduler.nextStep { _ in
            hasAsked = true
            return [3]
        }
        #expect(!hasAsked)
        #expect(plan.slices.map(\.tokens) == [0..<4])
    }
}

extension Scheduler {
    /// A sequence whose tokens are those of no other.
    mutating func add(
        tokens: Int, logitsRows: ScheduledSequence.LogitsRows = .last
    ) -> SequenceID {
        let arrival = Int32((sequences.last?.id.arrival ?? -1) + 1)
        return add((0..<Int32(tokens)).map { 1000 * arrival + $0 }, logitsRows: logitsRows)
    }

    mutating func add(
        _ tokens: [Int32], logitsRows: ScheduledSequence.LogitsRows = .last
    ) -> SequenceID {
        let id = SequenceID(arrival: (sequences.last?.id.arrival ?? -1) + 1)
        add(id, tokens: tokens, logitsRows: logitsRows)
        return id
    }

    mutating func nextStepWithoutGrowth() -> StepPlan {
        let counts = pools.map(\.count)
        return nextStep { _ in counts }
    }
}
