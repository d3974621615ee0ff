/// The KV blocks of one group, by number: which are free and which are some sequence's.
///
/// A block holds the keys and values of `blockTokens` consecutive tokens in every layer of the
/// group. Allocation takes the lowest free numbers: the same requests always get the same blocks.
package struct BlockPool: Sendable {
    package let blockTokens: Int
    package private(set) var freeCount: Int
    private var isFree: [Bool]
    /// No block below this one is free.
    private var lowestCandidate = 0

    package init(blockTokens: Int, count: Int) {
        precondition(blockTokens > 0 && count >= 0)
        self.blockTokens = blockTokens
        freeCount = count
        isFree = Array(repeating: true, count: count)
    }

    /// All blocks, free or not.
    package var count: Int { isFree.count }

    /// Blocks that hold `tokens` tokens, the last one perhaps in part.
    package func blocks(holding tokens: Int) -> Int { (tokens + blockTokens - 1) / blockTokens }

    /// Adds free blocks until there are `newCount`. Blocks are never taken away.
    package mutating func grow(to newCount: Int) {
        precondition(newCount >= count, "a pool of \(count) blocks cannot shrink to \(newCount)")
        freeCount += newCount - count
        isFree += Array(repeating: true, count: newCount - count)
    }

    /// Takes the `wanted` lowest free blocks; there must be as many.
    package mutating func allocate(_ wanted: Int) -> [Int] {
        precondition(wanted <= freeCount, "\(wanted) blocks wanted, \(freeCount) free")
        var taken: [Int] = []
        while taken.count < wanted {
            if isFree[lowestCandidate] {
                isFree[lowestCandidate] = false
                taken.append(lowestCandidate)
            }
            lowestCandidate += 1
        }
        freeCount -= wanted
        return taken
    }

    package mutating func free(_ blocks: some Sequence<Int>) {
        for block in blocks {
            precondition(!isFree[block], "block \(block) freed twice")
            isFree[block] = true
            freeCount += 1
            lowestCandidate = min(lowestCandidate, block)
        }
    }
}
