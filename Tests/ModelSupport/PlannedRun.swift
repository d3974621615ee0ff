import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraModels

/// Steps of a loaded model, by hand: every sequence of the batch has the blocks that were planned
/// for it.
package struct PlannedRun {
    package let loaded: LoadedModel

    package init(_ loaded: LoadedModel) { self.loaded = loaded }

    private var policy: MappingPolicy { loaded.map.policy }

    /// The logits of the last rows of each chunk of one sequence's tokens, as many rows as a step
    /// may yield, each `[vocabulary]`. As many chunks are under way as the model lets.
    package func logits(of tokens: [Int32]) throws -> [Float] {
        var underWay: [any RunningStep] = []
        var logits: [Float] = []
        for start in stride(from: 0, to: tokens.count, by: policy.promptChunk) {
            if underWay.count == loaded.depth {
                logits += try underWay.removeFirst().output().values
            }
            let rows = min(tokens.count - start, policy.promptChunk)
            let chunk = step(
                [sequence(0, 0, rows, at: start)], outputs: min(rows, policy.stepOutputRows)
            ) { tokens[$0] }
            underWay.append(try loaded.start(chunk))
        }
        for step in underWay { logits += try step.output().values }
        return logits
    }

    /// Fills every block of the cache, and runs steps of the planned sizes.
    package func fill() throws {
        let size = KVGeometry.blockTokens
        let whole = (policy.maxSequenceLength + size - 1) / size * size
        for index in 0..<policy.maxBatchSize {
            for start in stride(from: 0, to: whole, by: policy.promptChunk) {
                let rows = min(policy.promptChunk, whole - start)
                try run([sequence(index, 0, rows, at: start)], outputs: 1)
            }
        }
        // A chunk of one prompt beside a token of every other sequence.
        let chunk = policy.promptChunk
        let others = (1..<policy.maxBatchSize).map { index in
            sequence(index, chunk + index - 1, 1, at: whole - 1)
        }
        try run([sequence(0, 0, chunk, at: 0)] + others, outputs: policy.maxBatchSize)
    }

    /// Runs a step of `rows[i]` rows of sequence `i`, each of which ends at `length` tokens, over
    /// whatever the cache holds.
    package func runStep(rows: [Int], to length: Int) throws {
        let starts = rows.indices.map { rows[..<$0].reduce(0, +) }
        let sequences = rows.indices.map {
            sequence($0, starts[$0], rows[$0], at: length - rows[$0])
        }
        try run(sequences, outputs: rows.count)
    }

    private func run(_ sequences: [Step.Sequence], outputs: Int) throws {
        _ = try loaded.run(step(sequences, outputs: outputs) { Int32($0 % 50) })
    }

    private func sequence(
        _ index: Int, _ firstRow: Int, _ rows: Int, at context: Int
    ) -> Step.Sequence {
        Step.Sequence(
            firstRow: firstRow, rows: rows, context: context,
            blocks: zip(loaded.model.groups, loaded.map.blocksPerGroup).map { group, blocks in
                let own = blocks / policy.maxBatchSize
                return group.geometry.span.table(
                    for: context..<context + rows, taking: index * own..<(index + 1) * own)
            })
    }

    /// - Parameters:
    ///   - outputs: rows of logits, counted from the last row.
    ///   - token: the token at a position.
    private func step(
        _ sequences: [Step.Sequence], outputs: Int, token: (Int) -> Int32
    ) -> Step {
        let positions = sequences.flatMap { sequence in
            (0..<sequence.rows).map { sequence.context + $0 }
        }
        return Step(
            tokens: positions.map(token), positions: positions.map { Int32($0) },
            sequences: sequences,
            outputRows: (positions.count - outputs..<positions.count).map { Int32($0) })
    }
}
