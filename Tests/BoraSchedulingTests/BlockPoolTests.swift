import BoraCore
import BoraScheduling
import Testing

@Suite struct BlockPoolTests {
    private static func pool(_ count: Int) -> BlockPool {
        BlockPool(span: KVSpan(blockTokens: 16), count: count)
    }

    @Test func takesFreeBlocksInOrder() {
        var pool = Self.pool(6)
        #expect(pool.allocate(4).blocks == [0, 1, 2, 3])
        pool.release([0, 2])
        #expect(pool.freeCount == 4)
        #expect(pool.allocate(4).blocks == [0, 2, 4, 5])
        #expect(pool.freeCount == 0)
    }

    @Test func growsWithoutTouchingWhatIsTaken() {
        var pool = Self.pool(2)
        #expect(pool.allocate(2).blocks == [0, 1])
        pool.grow(to: 4)
        pool.release([1])
        #expect(pool.freeCount == 3)
        #expect(pool.allocate(3).blocks == [1, 2, 3])
    }

    @Test func aBlockIsFreeOnceNobodyHoldsIt() {
        var pool = Self.pool(2)
        let table = pool.allocate(2).blocks
        pool.hold([table[0], BlockPool.unseen])
        pool.release(table)
        #expect(pool.holders == [1, 0])
        #expect(pool.freeCount == 1)
        pool.release([table[0]])
        #expect(pool.freeCount == 2)
    }

    @Test func trapsWhenABlockIsFreedTwice() async {
        await #expect(processExitsWith: .failure) {
            var pool = Self.pool(1)
            let taken = pool.allocate(1).blocks
            pool.release(taken)
            pool.release(taken)
        }
    }
}
