/// What one step runs: a slice of each sequence that has its turn.
package struct StepPlan: Hashable, Sendable {
    /// Generating sequences first, then chunks of prompts; each kind in order of arrival.
    package internal(set) var slices: [SequenceSlice] = []

    /// Sequences that lost their blocks to others. They wait, and run again from their first token,
    /// or from where a prefix of theirs is still stored.
    package internal(set) var preempted: [SequenceID] = []

    /// Sequences dropped because the whole KV cache could not hold them, even alone.
    package internal(set) var exhausted: [SequenceID] = []
}

/// Consecutive tokens of one sequence that run in one step.
package struct SequenceSlice: Hashable, Sendable {
    package let id: SequenceID

    /// Positions to run. Their keys and values are stored, and those they see of earlier ones are
    /// there.
    package let tokens: Range<Int>

    /// Positions whose logits are wanted: none, the last or all of `tokens`.
    package let logits: Range<Int>

    /// The block table of each KV group, long enough for `tokens`; `BlockPool.unseen` for blocks
    /// that lie before their windows.
    package let blocks: [[Int]]
}
