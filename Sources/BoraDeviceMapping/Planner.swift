import BoraCore

/// Decides where every part of a model goes: `(Footprint, Inventory, MappingPolicy) → DeviceMap`.
/// Pure and deterministic; it touches no device.
///
/// The whole model goes to the machine's CPU: the inventory holds no other kind of device yet.
package struct Planner: Sendable {
    package let footprint: Footprint
    package let inventory: Inventory
    package let policy: MappingPolicy

    package init(footprint: Footprint, inventory: Inventory, policy: MappingPolicy) {
        self.footprint = footprint
        self.inventory = inventory
        self.policy = policy
    }

    package func plan() throws(MappingError) -> DeviceMap {
        guard let device = inventory.devices.first(where: { $0.id.kind == .cpu }) else {
            throw MappingError(code: .noDevice, bills: [], savings: [])
        }
        let bill = bill(of: device)
        guard bill.free >= 0 else {
            throw MappingError(
                code: .doesNotFit, bills: [bill], savings: savings(shortBy: -bill.free))
        }
        return DeviceMap(
            fingerprint: footprint.fingerprint, layers: footprint.layers,
            assignments: footprint.parts.map {
                .init(part: $0, placement: Placement(on: device.id))
            },
            bills: [bill], blocksPerGroup: blocksPerGroup, policy: policy)
    }

    /// Blocks for every sequence of the batch on its way to its full length.
    private var blocksPerGroup: [Int] {
        let groups = (footprint.caches.map(\.group).max() ?? -1) + 1
        return (0..<groups).map { group in
            guard let cache = footprint.caches.first(where: { $0.group == group }) else { return 0 }
            return blocks(of: cache, tokens: policy.maxSequenceLength)
        }
    }

    private func blocks(of cache: Footprint.LayerCache, tokens: Int) -> Int {
        KVSpan(blockTokens: cache.blockTokens, window: cache.window)
            .mostBlocks(tokens: tokens, chunk: min(policy.chunkTokens, tokens))
            * policy.maxBatchSize
    }

    private func cacheBytes(tokens: Int) -> Int {
        footprint.caches.reduce(0) { $0 + blocks(of: $1, tokens: tokens) * $1.blockBytes }
    }

    /// A tensor that two parts name (a tied head) is stored once on their common device.
    private var weightBytes: Int {
        var seen = Set<String>()
        return footprint.tensors.reduce(0) {
            seen.insert($1.name).inserted ? $0 + $1.storedBytes : $0
        }
    }

    private func bill(of device: Inventory.Device) -> DeviceBill {
        let pool = inventory.pools[device.pool]
        let reserve = policy.reserve(ofTotal: pool.totalBytes)
        return DeviceBill(
            device: device.id, model: device.model, memory: pool.totalBytes,
            budget: max(0, pool.availableBytes - reserve),
            weights: weightBytes,
            kv: cacheBytes(tokens: policy.maxSequenceLength),
            workspace: footprint.workspace.lazy
                .filter { $0.kind == device.id.kind }.map(\.bytes).max() ?? 0,
            overhead: device.overheadBytes, reserve: reserve)
    }

    /// What would make the model fit, each with the bytes it saves.
    private func savings(shortBy shortfall: Int) -> [MappingError.Saving] {
        var savings: [MappingError.Saving] = []
        let planned = cacheBytes(tokens: policy.maxSequenceLength)
        var tokens = policy.maxSequenceLength / 2
        while tokens >= 256, planned - cacheBytes(tokens: tokens) < shortfall { tokens /= 2 }
        let byContext = planned - cacheBytes(tokens: max(tokens, 256))
        if byContext > 0 {
            savings.append(.init(remedy: "--max-seq-len \(max(tokens, 256))", bytes: byContext))
        }
        if policy.maxBatchSize > 1 {
            savings.append(
                .init(
                    remedy: "--max-batch-size 1",
                    bytes: planned - planned / policy.maxBatchSize))
        }
        for type in [ElementType.q8_0, .q4_K] {
            let bytes = quantizationSavings(to: type)
            if bytes > 0 {
                savings.append(
                    .init(remedy: "the model quantized to \(type.displayName)", bytes: bytes))
            }
        }
        return savings
    }

    /// Bytes saved if every tensor stored larger than `type` were of that type.
    private func quantizationSavings(to type: ElementType) -> Int {
        footprint.tensors.reduce(0) { saved, tensor in
            guard let bytes = type.bytes(elements: tensor.elements), tensor.elements > 1 << 16
            else { return saved }
            return saved + max(0, tensor.storedBytes - bytes)
        }
    }
}
