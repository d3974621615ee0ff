/// How much one step may hold: the sizes its workspace was planned for.
package struct StepLimits: Hashable, Sendable {
    /// A prompt is cut at multiples of this many tokens, counted from its own start.
    package let chunkTokens: Int

    /// Logits rows a step may yield. A sequence yields one at a time, unless all its rows are
    /// wanted, so this is also the largest batch.
    package let maxRows: Int

    /// Tokens of all sequences together.
    package let maxTokens: Int

    /// `maxTokens` has to hold one chunk beside a token of every other sequence, so that neither
    /// prompts nor generation ever wait for the other.
    package init(chunkTokens: Int, maxRows: Int, maxTokens: Int) {
        precondition(chunkTokens > 0 && maxRows > 0)
        precondition(maxTokens >= chunkTokens + maxRows - 1)
        self.chunkTokens = chunkTokens
        self.maxRows = maxRows
        self.maxTokens = maxTokens
    }
}
