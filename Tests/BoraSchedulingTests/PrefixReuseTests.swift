import BoraCore
import BoraScheduling
import Testing

/// What a sequence finds of those before it, in blocks of 2 tokens.
@Suite struct PrefixReuseTests {
    private static func scheduler(blocks: Int = 100, windows: [Int?] = [nil]) -> Scheduler {
        Scheduler(
            limits: StepLimits(chunkTokens: 4, maxRows: 4, maxTokens: 16),
            pools: windows.map { window in
                BlockPool(span: KVSpan(blockTokens: 2, window: window), count: blocks)
            })
    }

    /// Runs a sequence's tokens to the end and lets it go.
    private static func leaveBehind(_ tokens: [Int32], in scheduler: inout Scheduler) {
        let id = scheduler.add(tokens)
        while let slice = scheduler.runStep().first, slice.tokens.upperBound < tokens.count {}
        scheduler.remove(id)
    }

    @Test func startsBehindWhatAnEarlierSequenceLeft() {
        var scheduler = Self.scheduler()
        Self.leaveBehind([1, 2, 3, 4, 5, 6, 7], in: &scheduler)
        // The turn of a chat: all that was said before, and more.
        let next = scheduler.add([1, 2, 3, 4, 5, 6, 7, 8, 9])
        let slice = scheduler.runStep()[0]
        #expect(slice.tokens == 6..<8)
        #expect(slice.blocks[0].prefix(3) == [0, 1, 2])
        scheduler.remove(next)
        // Only so far as the tokens are the same.
        _ = scheduler.add([1, 2, 3, 9, 5, 6, 7])
        #expect(scheduler.runStep()[0].tokens == 2..<4)
    }

    @Test func equalBlocksBehindOtherPrefixesAreOthers() {
        var scheduler = Self.scheduler()
        Self.leaveBehind([1, 2, 3, 4, 5], in: &scheduler)
        _ = scheduler.add([3, 4, 1, 2, 3, 4, 5])
        #expect(scheduler.runStep()[0].tokens == 0..<4)
    }

    @Test(arguments: [3, 4, 5])
    func theLastTokenIsAlwaysComputed(tokens: Int) {
        var scheduler = Self.scheduler()
        Self.leaveBehind([1, 2, 3, 4, 5, 6], in: &scheduler)
        _ = scheduler.add((1...Int32(tokens)).map { $0 })
        let slice = scheduler.runStep()[0]
        #expect(slice.tokens == (tokens - 1) / 2 * 2..<tokens)
        #expect(slice.logits == tokens - 1..<tokens)
    }

    @Test func twoAtOnceShareAndWriteApart() {
        var scheduler = Self.scheduler()
        Self.leaveBehind([1, 2, 3, 4], in: &scheduler)
        let pair = (0..<2).map { _ in scheduler.add([1, 2, 3, 4, 5]) }
        let tables = scheduler.runStep().map { $0.blocks[0] }
        #expect(tables.count == 2)
        #expect(tables[0].prefix(2) == tables[1].prefix(2))
        #expect(tables[0][2] != tables[1][2])
        scheduler.remove(pair[0])
        #expect(scheduler.pools[0].freeCount == 97)
    }

    @Test func aRequestForAllLogitsComputesEveryToken() {
        var scheduler = Self.scheduler()
        Self.leaveBehind([1, 2, 3, 4, 5], in: &scheduler)
        _ = scheduler.add([1, 2, 3, 4, 5], logitsRows: .all)
        #expect(scheduler.runStep()[0].tokens == 0..<4)
    }

    @Test func aFailedStepLeavesNothing() {
        var scheduler = Self.scheduler()
        let id = scheduler.add([1, 2, 3, 4])
        _ = scheduler.nextStepWithoutGrowth()
        scheduler.remove(id)
        _ = scheduler.add([1, 2, 3, 4])
        #expect(scheduler.runStep()[0].tokens == 0..<4)
        #expect(scheduler.prefixes.count == 2)
    }

    @Test func theLeastRecentlyUsedGoesFirstAndItsEndBeforeItsBeginning() {
        var scheduler = Self.scheduler(blocks: 6)
        Self.leaveBehind([1, 1, 1, 1], in: &scheduler)
        Self.leaveBehind([2, 2, 2, 2], in: &scheduler)
        Self.leaveBehind([1, 1, 1, 1, 1], in: &scheduler)
        // Two blocks are empty still; the third comes from the end of what was used longest ago.
        Self.leaveBehind([3, 3, 3, 3, 3, 3], in: &scheduler)
        func start(_ tokens: [Int32]) -> Int {
            var copy = scheduler
            let id = copy.add(tokens)
            return copy.runStep().first { $0.id == id }!.tokens.lowerBound
        }
        #expect(start([1, 1, 1, 1, 1]) == 4)
        #expect(start([2, 2, 2, 2, 2]) == 2)
        #expect(start([3, 3, 3, 3, 3, 3, 3]) == 6)
    }

    @Test func aPreemptedSequenceFindsItsOwn() {
        var scheduler = Self.scheduler(blocks: 5)
        let first = scheduler.add([1, 2, 3, 4])
        let second = scheduler.add([5, 6, 7, 8, 9])
        _ = scheduler.runStep()
        scheduler.append(9, to: first)
        let plan = scheduler.nextStepWithoutGrowth()
        scheduler.complete(plan)
        #expect(plan.preempted == [second])
        scheduler.remove(first)
        #expect(scheduler.runStep().map(\.tokens) == [4..<5])
    }

    @Test func aWindowLetsGoOfWhatLiesBeforeIt() {
        var scheduler = Self.scheduler(windows: [3])
        let id = scheduler.add([1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(scheduler.runStep()[0].blocks == [[0, 1]])
        // Position 4 sees 2 … 4.
        #expect(scheduler.runStep()[0].blocks == [[-1, 1, 2, 3]])
        // The block that was let go of keeps its prefix, so empty ones are taken before it.
        #expect(scheduler.runStep()[0].blocks == [[-1, -1, -1, 3, 4]])
        #expect(scheduler.pools[0].freeCount == 98)
        scheduler.append(10, to: id)
        #expect(scheduler.runStep()[0].blocks == [[-1, -1, -1, 3, 4]])
    }

    @Test func aWindowedGroupIsReusableWhereItsWindowIsThere() {
        var scheduler = Self.scheduler(blocks: 5, windows: [3])
        Self.leaveBehind([1, 2, 3, 4, 5, 6, 7, 8], in: &scheduler)
        // Of four blocks and an empty one, two are taken: the empty one and that of the longest
        // time without use, which is the beginning.
        Self.leaveBehind([9, 9, 9], in: &scheduler)
        _ = scheduler.add([1, 2, 3, 4, 5, 6, 7, 8, 9])
        let slice = scheduler.runStep()[0]
        #expect(slice.tokens == 8..<9)
        #expect(slice.blocks[0].prefix(3) == [-1, -1, -1])
    }

    @Test func everyGroupHasToHaveItsBlocks() {
        let full = BlockPool(span: KVSpan(blockTokens: 2), count: 100)
        let windowed = BlockPool(span: KVSpan(blockTokens: 2, window: 3), count: 4)
        var scheduler = Scheduler(
            limits: StepLimits(chunkTokens: 4, maxRows: 4, maxTokens: 16), pools: [full, windowed])
        Self.leaveBehind([1, 2, 3, 4, 5, 6, 7], in: &scheduler)
        // Takes all four blocks of the windowed group.
        Self.leaveBehind([9, 9, 9, 9, 9, 9, 9, 9], in: &scheduler)
        _ = scheduler.add([1, 2, 3, 4, 5, 6, 7, 8])
        #expect(scheduler.runStep()[0].tokens == 0..<4)
    }

    @Test func truncationIntoASharedBlockStartsOverBehindWhatIsStored() {
        var scheduler = Self.scheduler()
        let id = scheduler.add([1, 2, 3, 4, 5, 6, 7, 8])
        for _ in 0..<2 { _ = scheduler.runStep() }
        scheduler.truncate(id, to: 5)
        #expect(scheduler.sequences[0].computed == 0)
        scheduler.append(9, to: id)
        #expect(scheduler.runStep()[0].tokens == 4..<6)
        #expect(scheduler.tokens(of: id) == [1, 2, 3, 4, 5, 9])
    }

    @Test func truncationToBeforeTheWindowStartsOver() {
        var scheduler = Self.scheduler(windows: [2])
        let id = scheduler.add([1, 2, 3, 4, 5, 6, 7, 8, 9])
        for _ in 0..<2 { _ = scheduler.nextStepWithoutGrowth() }
        scheduler.truncate(id, to: 2)
        #expect(scheduler.sequences[0].computed == 0)
        #expect(scheduler.pools[0].freeCount == 100)
    }
}

extension Scheduler {
    /// A step that ran.
    mutating func runStep() -> [SequenceSlice] {
        let plan = nextStepWithoutGrowth()
        complete(plan)
        return plan.slices
    }
}
