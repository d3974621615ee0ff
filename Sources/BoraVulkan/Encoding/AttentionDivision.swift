import BoraCore
import BoraDevices

/// How attention over a step's sequences is dealt to workgroups; `division` in `attention.glsl`
/// says the same. The query vectors of a sequence that read one head of the cache form tiles;
/// where these are few, the blocks of tokens they see are split, and the parts' partial results
/// are merged.
struct AttentionDivision {
    /// Query vectors that each of a workgroup's four teams takes.
    let share: Int
    /// Workgroups for each head of the cache.
    private(set) var items = 0
    /// Results of parts, over all query heads.
    private(set) var partials = 0
    /// Query vectors of the sequences that are split, over all query heads.
    private(set) var splitVectors = 0

    /// A split has as many blocks, or more.
    private static let splitBlocks = 4
    /// A sequence is split up to as many workgroups for each head of the cache.
    private static let splitItems = 64
    /// Query vectors stay in as many bytes of shared memory.
    private static let tileBytes = 16 << 10

    /// Query vectors of a tile.
    var tile: Int { 4 * share }

    init(_ op: Operation.Attend, in step: Step) {
        let geometry = op.slot.geometry
        let group = op.heads / geometry.heads
        let most = step.sequences.map { $0.rows * group }.max() ?? 0
        share = Self.share(of: most, keyWidth: geometry.keyWidth)
        for sequence in step.sequences where sequence.rows > 0 {
            let tiles = (sequence.rows * group + tile - 1) / tile
            let splits = Self.splits(of: sequence, tiles: tiles, geometry)
            items += tiles * splits
            guard splits > 1 else { continue }
            partials += sequence.rows * op.heads * splits
            splitVectors += sequence.rows * op.heads
        }
    }

    private static func splits(
        of sequence: Step.Sequence, tiles: Int, _ geometry: KVGeometry
    ) -> Int {
        let seen = geometry.span.blocks(for: sequence.context..<sequence.context + sequence.rows)
        return min((seen.count + splitBlocks - 1) / splitBlocks, max(splitItems / tiles, 1))
    }

    /// The share where a sequence has up to `vectors` query vectors for each head of the cache.
    private static func share(of vectors: Int, keyWidth: Int) -> Int {
        let vectorBytes = (keyWidth + 7) / 8 * 8 * 4
        return [4, 2].first { share in
            vectors > 2 * share && 4 * share * vectorBytes <= tileBytes
        } ?? 1
    }

    /// The most bytes of partial results (sums, largest score and sum of weights, in f32) that a
    /// step takes which is no larger than `step` and reaches no further: all its rows, split as its
    /// longest sequence may be, but for each sequence no more than fill its workgroups' tiles.
    static func mostPartialBytes(_ op: Operation.Attend, within step: Step) -> Int {
        let geometry = op.slot.geometry
        let group = op.heads / geometry.heads
        let blocks = geometry.span.mostBlocks(tokens: step.longestContext, chunk: step.rows)
        let splits = min((blocks + splitBlocks - 1) / splitBlocks, splitItems)
        guard splits > 1 else { return 0 }
        let tile = 4 * share(of: step.rows * group, keyWidth: geometry.keyWidth)
        let rows = min(step.rows * splits, step.sequences.count * splitItems * tile / group)
        return rows * op.heads * (geometry.valueWidth + 2) * 4
    }
}
