import BoraCore

/// How sequences that begin alike share what was computed once.
extension Scheduler {
    private var blockTokens: Int { pools[0].span.blockTokens }

    /// The plan has run: the blocks that it filled are there for every sequence that begins with
    /// the same tokens. Of a plan that failed, whose blocks hold nothing, nobody hears; nor of
    /// sequences that were removed or preempted meanwhile.
    package mutating func complete(_ plan: StepPlan) {
        for slice in plan.slices {
            guard let index = find(slice.id) else { continue }
            sequences[index].stepsUnderWay -= 1
            share(index, upTo: slice.tokens.upperBound)
        }
    }

    /// - Parameter end: the tokens before it have been stored.
    private mutating func share(_ index: Int, upTo end: Int) {
        let sequence = sequences[index]
        let full = min(sequence.computed, end) / blockTokens
        for block in sequence.shared..<full {
            let tokens = sequence.tokens[block * blockTokens..<(block + 1) * blockTokens]
            let prefix = prefixes.advance(from: sequences[index].prefix, over: tokens)
            sequences[index].prefix = prefix
            // Another sequence may have computed the same; one copy is kept.
            for group in pools.indices where prefixes.block(of: prefix, group: group) == nil {
                let number = sequence.blocks[group][block]
                // A step under way may have moved its window past the block.
                guard number != BlockPool.unseen else { continue }
                prefixes.setBlock(number, of: prefix, group: group)
                pools[group].keep(number, as: prefix)
            }
        }
        sequences[index].shared = full
    }

    /// Lets a sequence that has nothing yet begin behind the longest prefix that every group has.
    /// Its last token is left to compute, for the logits; and a request for all logits computes
    /// every token.
    mutating func adoptPrefix(_ index: Int) {
        let sequence = sequences[index]
        guard sequence.logitsRows == .last, sequence.blocks.allSatisfy(\.isEmpty) else { return }
        let stored = storedPrefixes(of: sequence.tokens.dropLast())
        guard let prefix = stored.last else { return }
        for group in pools.indices {
            let seen = firstSeenBlock(after: stored.count, group: group)
            let table = stored.indices.map { block in
                block < seen
                    ? BlockPool.unseen : prefixes.block(of: stored[block], group: group)!
            }
            pools[group].hold(table)
            sequences[index].blocks[group] = table
        }
        prefixes.enter(prefix)
        prefixes.leave(sequence.prefix)
        sequences[index].prefix = prefix
        sequences[index].shared = stored.count
        sequences[index].computed = stored.count * blockTokens
    }

    /// The prefixes of `tokens`, block by block, up to the longest that can be continued: for the
    /// token behind it, every group has the blocks that it sees.
    private func storedPrefixes(of tokens: ArraySlice<Int32>) -> [PrefixTree.ID] {
        var path: [PrefixTree.ID] = []
        var usable = 0
        /// Blocks in one piece up to the end of the path.
        var stored = pools.map { _ in 0 }
        for start in stride(from: 0, through: tokens.count - blockTokens, by: blockTokens) {
            let block = tokens[start..<start + blockTokens]
            guard let next = prefixes.child(of: path.last ?? PrefixTree.root, over: block)
            else { break }
            path.append(next)
            for group in pools.indices {
                let isThere = prefixes.block(of: next, group: group) != nil
                stored[group] = isThere ? stored[group] + 1 : 0
            }
            let isUsable = pools.indices.allSatisfy { group in
                path.count - stored[group] <= firstSeenBlock(after: path.count, group: group)
            }
            if isUsable { usable = path.count }
        }
        return Array(path.prefix(usable))
    }

    /// The first block that the token behind `count` blocks sees.
    private func firstSeenBlock(after count: Int, group: Int) -> Int {
        let position = count * blockTokens
        return pools[group].span.blocks(for: position..<position + 1).lowerBound
    }
}
