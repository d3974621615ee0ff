/// The input of one forward pass: rows of several sequences side by side.
package struct Step: Sendable {
    /// A backend may run steps of at most so many rows in another way than larger ones, with more
    /// scratch: a plan records one of this size too.
    package static let fewRows = 64

    /// Consecutive rows that belong to one sequence.
    package struct Sequence: Sendable {
        package let firstRow: Int
        package let rows: Int
        /// Tokens of the sequence whose keys and values are stored already.
        package let context: Int
        /// For each KV group, the ids of the sequence's blocks in order of position; -1 for those
        /// that no row of the step sees any more (`KVSpan`).
        package let blocks: [[Int32]]

        package init(firstRow: Int, rows: Int, context: Int, blocks: [[Int32]]) {
            self.firstRow = firstRow
            self.rows = rows
            self.context = context
            self.blocks = blocks
        }
    }

    /// Token ids, one per row.
    package let tokens: [Int32]
    /// Positions `[axes, rows]`; text has one axis.
    package let positions: [Int32]
    package let sequences: [Sequence]
    /// The rows whose logits are wanted, ascending.
    package let outputRows: [Int32]

    package init(
        tokens: [Int32], positions: [Int32], sequences: [Sequence], outputRows: [Int32]
    ) {
        self.tokens = tokens
        self.positions = positions
        self.sequences = sequences
        self.outputRows = outputRows
    }

    package var rows: Int { tokens.count }

    /// Tokens of the longest sequence once this step is done.
    package var longestContext: Int { sequences.map { $0.context + $0.rows }.max() ?? 0 }

    /// A step of the given size whose ids are all 0, to plan with: the rows are dealt evenly to the
    /// sequences, each of which ends at `context` tokens.
    package static func planned(
        rows: Int, sequences count: Int, outputRows: Int, context: Int
    ) -> Step {
        let sequences = (0..<count).map { index in
            let first = rows * index / count
            let own = rows * (index + 1) / count - first
            return Sequence(firstRow: first, rows: own, context: max(0, context - own), blocks: [])
        }
        return Step(
            tokens: Array(repeating: 0, count: rows), positions: Array(repeating: 0, count: rows),
            sequences: sequences, outputRows: (0..<Int32(outputRows)).map { $0 })
    }
}
