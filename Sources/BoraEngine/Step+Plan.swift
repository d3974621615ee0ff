import BoraDevices
import BoraScheduling

extension Step {
    /// The rows of a plan's slices, side by side.
    ///
    /// - Parameter tokens: all known tokens of a sequence.
    init(_ plan: StepPlan, tokens: (SequenceID) -> [Int32]) {
        var ids: [Int32] = []
        var positions: [Int32] = []
        var outputRows: [Int32] = []
        var sequences: [Sequence] = []
        for slice in plan.slices {
            let shift = ids.count - slice.tokens.lowerBound
            sequences.append(
                Sequence(
                    firstRow: ids.count, rows: slice.tokens.count,
                    context: slice.tokens.lowerBound,
                    blocks: slice.blocks.map { $0.map { Int32($0) } }))
            outputRows += slice.logits.map { Int32($0 + shift) }
            ids += tokens(slice.id)[slice.tokens]
            positions += slice.tokens.map { Int32($0) }
        }
        self.init(
            tokens: ids, positions: positions, sequences: sequences, outputRows: outputRows)
    }
}
