import BoraCore
import BoraDevices

/// How attention over a step's sequences is split; `division` in `attention.glsl` says the same.
/// Where a sequence has few query vectors that read one head of the cache, the blocks of tokens
/// they see are split, and the parts' partial results are merged.
struct AttentionDivision {
    private struct Part {
        /// Query vectors for each head of the cache.
        let vectors: Int
        let splits: Int
    }

    private let heads: Int
    private let parts: [Part]

    /// A split has as many blocks, or more.
    private static let splitBlocks = 4
    /// As many query vectors, or fewer, have up to `maxSplits`.
    private static let splitVectors = 16
    private static let maxSplits = 64

    init(_ op: Operation.Attend, in step: Step) {
        let geometry = op.slot.geometry
        heads = geometry.heads
        parts = step.sequences.filter { $0.rows > 0 }.map { sequence in
            let vectors = sequence.rows * op.heads / geometry.heads
            let end = sequence.context + sequence.rows
            let blocks = geometry.span.blocks(for: sequence.context..<end).count
            let most = Self.maxSplits / SegmentEncoder.groups(vectors, of: Self.splitVectors)
            let splits = min(SegmentEncoder.groups(blocks, of: Self.splitBlocks), max(most, 1))
            return Part(vectors: vectors, splits: splits)
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
    /// step takes which is no larger than `step` and reaches no further: all its rows, split as its
    /// longest sequence may be, but for each sequence no more than `maxSplits` of `splitVectors`.
    static func mostPartialBytes(_ op: Operation.Attend, within step: Step) -> Int {
        let geometry = op.slot.geometry
        let group = op.heads / geometry.heads
        let blocks = geometry.span.mostBlocks(tokens: step.longestContext, chunk: step.rows)
        let splits = min(SegmentEncoder.groups(blocks, of: splitBlocks), maxSplits)
        guard splits > 1 else { return 0 }
        let most = step.sequences.count * maxSplits * splitVectors / group
        let rows = min(step.rows * splits, most)
        return rows * op.heads * (geometry.valueWidth + 2) * 4
    }
}
