/// Which blocks of a KV cache a sequence has to hold: all from its start, or with a sliding window
/// those that its next tokens may see. Blocks are counted from the sequence's start.
package struct KVSpan: Hashable, Sendable {
    /// Tokens in one block.
    package let blockTokens: Int
    /// Tokens that a token sees, its own included; nil for all before it. A token at position `p`
    /// sees `q` where `p - window < q <= p`.
    package let window: Int?

    package init(blockTokens: Int, window: Int? = nil) {
        precondition(blockTokens > 0 && window.map { $0 > 0 } != false)
        self.blockTokens = blockTokens
        self.window = window
    }

    /// The blocks that the tokens at `positions` are stored in or see.
    package func blocks(for positions: Range<Int>) -> Range<Int> {
        let end = (positions.upperBound + blockTokens - 1) / blockTokens
        guard let window, !positions.isEmpty else { return 0..<end }
        return max(0, positions.lowerBound - window + 1) / blockTokens..<end
    }

    /// The block table of a step at `positions` for a sequence that has the blocks `own` to itself
    /// and takes them in turn, `mostBlocks` of them; -1 for those that the step does not see.
    package func table(for positions: Range<Int>, taking own: Range<Int>) -> [Int32] {
        let needed = blocks(for: positions)
        precondition(needed.count <= own.count, "\(needed) are more blocks than \(own)")
        return (0..<needed.upperBound).map { block in
            needed.contains(block) ? Int32(own.lowerBound + block % own.count) : -1
        }
    }

    /// The most blocks that a sequence needs at once on its way to `tokens` tokens, when a step
    /// runs at most `chunk` of them, wherever the steps start.
    package func mostBlocks(tokens: Int, chunk: Int) -> Int {
        let whole = blocks(for: 0..<tokens).count
        guard let window, tokens > 0 else { return whole }
        // So many neighbours can lie one token into their first block.
        let seen = window - 1 + chunk
        return min(whole, (seen - 1 + blockTokens - 1) / blockTokens + 1)
    }
}
