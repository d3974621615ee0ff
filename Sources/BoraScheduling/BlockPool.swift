import BoraCore

/// The KV blocks of one group, by number: how many sequences hold each, and which come free next.
///
/// A block holds the keys and values of consecutive tokens in every layer of the group. One that
/// no sequence holds is free, and keeps what it has until it is taken: empty blocks are taken
/// first, then the others, least recently used first. The same requests always get the same blocks.
package struct BlockPool: Sendable {
    /// Stands in a block table for a block that no token to come will see.
    package static let unseen = -1

    /// Which of its blocks a sequence needs.
    package let span: KVSpan

    /// Blocks that no sequence holds.
    package private(set) var freeCount = 0

    /// How many sequences hold each block.
    package private(set) var holders: [Int] = []

    /// The prefix that each block is the last of; nil where it is not known to be one.
    package private(set) var prefixes: [PrefixTree.ID?] = []

    private var free = BlockQueue()

    package init(span: KVSpan, count: Int) {
        self.span = span
        grow(to: count)
    }

    /// All blocks, free or not.
    package var count: Int { holders.count }

    /// Adds free blocks until there are `newCount`. Blocks are never taken away.
    package mutating func grow(to newCount: Int) {
        precondition(newCount >= count, "a pool of \(count) blocks cannot shrink to \(newCount)")
        let new = count..<newCount
        holders += Array(repeating: 0, count: new.count)
        prefixes += Array(repeating: nil, count: new.count)
        free.grow(to: newCount)
        freeCount += new.count
        for block in new.reversed() { free.prepend(block) }
    }

    /// Takes `wanted` free blocks for one sequence; there must be as many.
    ///
    /// - Returns: the blocks, and the prefixes that are lost with what was in them.
    package mutating func allocate(_ wanted: Int) -> (blocks: [Int], lost: [PrefixTree.ID]) {
        precondition(wanted <= freeCount, "\(wanted) blocks wanted, \(freeCount) free")
        freeCount -= wanted
        var lost: [PrefixTree.ID] = []
        let blocks = (0..<wanted).map { _ in
            let block = free.popFirst()
            holders[block] = 1
            if let prefix = prefixes[block].take() { lost.append(prefix) }
            return block
        }
        return (blocks, lost)
    }

    /// One more sequence holds the blocks of a table.
    package mutating func hold(_ table: some Sequence<Int>) {
        for block in table where block != Self.unseen {
            if holders[block] == 0 {
                free.remove(block)
                freeCount -= 1
            }
            holders[block] += 1
        }
    }

    /// One sequence less holds the blocks of a table. The later ones are taken again before the
    /// earlier ones, which are of use without them.
    package mutating func release(_ table: some BidirectionalCollection<Int>) {
        for block in table.reversed() where block != Self.unseen {
            precondition(holders[block] > 0, "block \(block) freed twice")
            holders[block] -= 1
            guard holders[block] == 0 else { continue }
            freeCount += 1
            if prefixes[block] == nil { free.prepend(block) } else { free.append(block) }
        }
    }

    /// A held block is full, and never written again: it ends `prefix`.
    mutating func keep(_ block: Int, as prefix: PrefixTree.ID) { prefixes[block] = prefix }
}
