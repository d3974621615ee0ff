import BoraCore

/// The KV blocks and bytes that a policy's sequences need.
struct CacheSize {
    let footprint: Footprint
    let policy: MappingPolicy

    /// Blocks of each KV group, for every sequence of the batch on its way to its full length.
    var blocksPerGroup: [Int] {
        let groups = (footprint.caches.map(\.group).max() ?? -1) + 1
        return (0..<groups).map { group in
            footprint.caches.first { $0.group == group }.map(blocks) ?? 0
        }
    }

    func bytes(of cache: Footprint.LayerCache) -> Int { blocks(of: cache) * cache.blockBytes }

    /// Bytes of the cache of one layer; 0 for a layer that keeps none.
    func bytes(ofLayer layer: Int) -> Int {
        footprint.caches.first { $0.layer == layer }.map { bytes(of: $0) } ?? 0
    }

    private func blocks(of cache: Footprint.LayerCache) -> Int {
        KVSpan(blockTokens: cache.blockTokens, window: cache.window)
            .mostBlocks(
                tokens: policy.maxSequenceLength,
                chunk: min(policy.chunkTokens, policy.maxSequenceLength))
            * policy.maxBatchSize
    }
}
