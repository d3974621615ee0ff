import BoraScheduling
import Testing

@Suite struct BlockPoolTests {
    @Test func takesTheLowestFreeBlocks() {
        var pool = BlockPool(blockTokens: 16, count: 6)
        #expect(pool.allocate(4) == [0, 1, 2, 3])
        pool.free([2, 0])
        #expect(pool.allocate(3) == [0, 2, 4])
        #expect(pool.freeCount == 1)
    }

    @Test func growsWithoutTouchingWhatIsTaken() {
        var pool = BlockPool(blockTokens: 16, count: 2)
        #expect(pool.allocate(2) == [0, 1])
        pool.grow(to: 4)
        pool.free([1])
        #expect(pool.freeCount == 3)
        #expect(pool.allocate(3) == [1, 2, 3])
    }

    @Test(arguments: [(0, 0), (1, 1), (16, 1), (17, 2)])
    func countsBlocks(tokens: Int, blocks: Int) {
        #expect(BlockPool(blockTokens: 16, count: 0).blocks(holding: tokens) == blocks)
    }

    @Test func trapsWhenABlockIsFreedTwice() async {
        await #expect(processExitsWith: .failure) {
            var pool = BlockPool(blockTokens: 16, count: 1)
            let taken = pool.allocate(1)
            pool.free(taken)
            pool.free(taken)
        }
    }
}
