import BoraCore
import BoraDevices

/// How attention over a step's sequences is split; `division` in `attention.glsl` says the same.
/// Where a step has little to do for each head of the cache, the blocks of tokens that its query
/// vectors see are split into about `portions` parts, and the parts' partial results are merged.
struct AttentionDivision {
    private struct Part {
        /// Query vectors for each head of the cache.
        let vectors: Int
        let splits: Int
    }

    /// Blocks that a split has at least.
    let splitBlocks: Int
    private let heads: Int
    private let parts: [Part]

    private static let leastBlocks = 4
    /// Blocks times groups of as many query vectors are what is dealt into portions.
    private static let groupVectors = 16
    private static let portions = 64

    init(_ op: Operation.Attend, in step: Step) {
        let geometry = op.slot.geometry
        let sequences = step.sequences.filter { $0.rows > 0 }.map { sequence in
            let end = sequence.context + sequence.rows
            return (
                vectors: sequence.rows * op.heads / geometry.heads,
                blocks: geometry.span.blocks(for: sequence.context..<end).count
            )
        }
        let work = sequences.reduce(0) {
            $0 + $1.blocks * SegmentEncoder.groups($1.vectors, of: Self.groupVectors)
        }
        let splitBlocks = max(
            Self.leastBlocks, SegmentEncoder.groups(work, of: Self.portions))
        self.splitBlocks = splitBlocks
        heads = geometry.heads
        parts = sequences.map {
            Part(vectors: $0.vectors, splits: max($0.blocks / splitBlocks, 1))
        }
    }

    /// Workgroups for each head of the cache, with tiles of so many query vectors.
    func items(tile: Int) -> Int {
        parts.reduce(0) { $0 + SegmentEncoder.groups($1.vectors, of: tile) * $1.splits }
    }

    /// Query vectors of the sequences that are split, over all heads of the cache.
    var mergedVectors: Int {
        parts.reduce(0) { $0 + ($1.splits > 1 ? $1.vectors * heads : 0) }
    }

    /// The most bytes of partial results (sums, largest score and sum of weights, in f32) that a
    /// step takes which is no larger than `step` and reaches no further: all its rows in the
    /// smallest splits, but no more than all portions have of full groups.
    static func mostPartialBytes(_ op: Operation.Attend, within step: Step) -> Int {
        let geometry = op.slot.geometry
        let blocks = geometry.span.mostBlocks(tokens: step.longestContext, chunk: step.rows)
        let splits = blocks / leastBlocks
        guard splits > 1 else { return 0 }
        let vectors = min(
            step.rows * op.heads / geometry.heads * splits, portions * groupVectors)
        return vectors * geometry.heads * (geometry.valueWidth + 2) * 4
    }
}
