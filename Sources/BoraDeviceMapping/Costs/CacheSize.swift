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

    private func blocks(of cache: Footprint.LayerCache) -> Int {
        KVSpan(blockTokens: cache.blockTokens, window: cache.window)
            .mostBlocks(
                tokens: policy.maxSequenceLength,
                chunk: min(policy.chunkTokens, policy.maxSequenceLength))
            * policy.maxBatchSize
    }
}
