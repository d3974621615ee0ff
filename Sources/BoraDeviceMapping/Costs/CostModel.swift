import BoraCore

/// What every part of a model costs on every device: bytes, and time by the device's speeds. All
/// times are whole picoseconds, so that sums do not depend on their order.
package struct CostModel {
    /// A part on one device.
    package struct Cost: Equatable {
        /// Weights and KV cache.
        package var bytes = 0
        /// Workspace at its peak; a device needs the largest of its parts'.
        package var workspace = 0
        /// Time of a step that generates one token of every sequence, in picoseconds.
        var step = 0
        /// Time of a prompt's chunk, in picoseconds.
        var chunk = 0
    }

    let contents: ModelContents
    /// With the chunk size that the costs are for.
    let policy: MappingPolicy
    /// Whether times are predictions. Without speeds they only rank devices by their kind.
    let isTimed: Bool
    private let cache: CacheSize
    /// Whether the keys and values that a step reads in all layers are few enough to be near.
    private let isCacheNear: Bool

    init(_ contents: ModelContents, _ policy: MappingPolicy, isTimed: Bool) {
        self.contents = contents
        self.policy = policy
        self.isTimed = isTimed
        cache = CacheSize(footprint: contents.footprint, policy: policy)
        let read = contents.footprint.caches.reduce(0) { $0 + $1.bytesRead(by: policy) }
        isCacheNear = read <= Double(DeviceSpeed.nearCacheBytes)
    }

    var footprint: Footprint { contents.footprint }
    /// Every part, in the order of the forward pass.
    var order: [Part] { contents.entries.map(\.part) }

    /// Chunks of the expected prompts, one prompt for every sequence of the batch.
    var chunks: Int { chunksPerPrompt * policy.maxBatchSize }

    private var chunksPerPrompt: Int {
        let tokens = policy.expectedWork.promptTokens
        return max(1, (tokens + policy.promptChunk - 1) / policy.promptChunk)
    }

    /// Tokens of a chunk: the expected prompt's, dealt evenly.
    var chunkRows: Int {
        (policy.expectedWork.promptTokens + chunksPerPrompt - 1) / chunksPerPrompt
    }

    /// The KV cache of a part; 0 for one that keeps none.
    func cacheBytes(of part: Part) -> Int {
        contents[part]?.cache.map { cache.bytes(of: $0) } ?? 0
    }

    /// The workspace of a part at its peak.
    func workspace(of part: Part, on kind: DeviceKind) -> Int {
        let entry = contents[part]?.workspace.last {
            $0.chunk == nil || $0.chunk == policy.chunkTokens
        }
        return entry?.bytes[kind] ?? 0
    }

    func cost(of part: Part, on device: Inventory.Device) -> Cost {
        contents[part].map { cost(of: $0, on: device) } ?? Cost()
    }

    /// The costs of every part, in the order of the forward pass.
    func costs(on device: Inventory.Device) -> [Cost] {
        let kinds = contents.firstOfKind.map { cost(of: contents.entries[$0], on: device) }
        return contents.entries.map { kinds[$0.kind] }
    }

    private func cost(of entry: ModelContents.Entry, on device: Inventory.Device) -> Cost {
        let part = entry.part
        let weights = entry.weights[device.id.kind] ?? 0
        var cost = Cost(
            bytes: weights + cacheBytes(of: part),
            workspace: workspace(of: part, on: device.id.kind))
        // What happens before the first token is not in the expected work.
        guard !part.role.seesImages else { return cost }
        guard isTimed, let speed = device.speed else {
            // GPU memory first.
            cost.step = device.id.kind == .gpu ? weights : 16 * weights
            return cost
        }
        let share = speed.layerOverhead / Double(entry.partsOfLayer)
        // Logits are wanted of the last token of a chunk at most.
        let rows = part.role == .head ? 1 : chunkRows
        cost.step = Self.picoseconds(
            share + linearSeconds(entry.tensors, rows: policy.maxBatchSize, speed)
                + generatingAttentionSeconds(entry.cache, speed))
        cost.chunk = Self.picoseconds(
            share + linearSeconds(entry.tensors, rows: rows, speed)
                + promptAttentionSeconds(entry.cache, speed))
        return cost
    }

    /// Time to hand over the hidden states of `rows` tokens, in picoseconds.
    func crossing(rows: Int, over link: Inventory.Link?) -> Int {
        guard isTimed, let link else { return isTimed ? 0 : footprint.hiddenBytes }
        return Self.picoseconds(
            link.latency + Double(rows * footprint.hiddenBytes) / link.bytesPerSecond)
    }

    /// Each matrix is limited by reading it, row by row, or by multiplying with it.
    private func linearSeconds(
        _ tensors: [Footprint.Tensor], rows: Int, _ speed: DeviceSpeed
    ) -> Double {
        tensors.reduce(0) { sum, tensor in
            guard let format = speed.format(nearest: tensor.type) else { return sum }
            return sum
                + max(
                    tensor.touchedBytes(tokens: rows) / format.bytesPerSecond
                        + tensor.touchedRows(tokens: rows) * format.rowOverhead,
                    tensor.operations(tokens: rows) / format.operationsPerSecond)
        }
    }

    /// One token of each sequence reads the keys and values it sees, at the mean depth.
    private func generatingAttentionSeconds(
        _ cache: Footprint.LayerCache?, _ speed: DeviceSpeed
    ) -> Double {
        guard let cache else { return 0 }
        let rate = isCacheNear ? speed.nearCacheBytesPerSecond : speed.cacheBytesPerSecond
        return cache.bytesRead(by: policy) / rate
            + cache.tokensRead(by: policy) * Double(cache.heads) * speed.headTokenOverhead
    }

    /// Each token of a prompt sees those before it and itself, or its window.
    private func promptAttentionSeconds(
        _ cache: Footprint.LayerCache?, _ speed: DeviceSpeed
    ) -> Double {
        guard let cache else { return 0 }
        let tokens = Double(policy.expectedWork.promptTokens)
        let window = min(tokens, cache.window.map(Double.init) ?? tokens)
        // The sum of min(t, window) over the tokens t = 1, 2, …
        let pairs = window * (window + 1) / 2 + (tokens - window) * window
        let operations = pairs * Double(cache.operationsPerPair) / Double(chunksPerPrompt)
        return operations / speed.attentionOperationsPerSecond
    }

    static func picoseconds(_ seconds: Double) -> Int {
        guard seconds > 0 else { return 0 }
        return Int(min(seconds * 1e12, 0x1p60).rounded(.up))
    }
}

extension Footprint.LayerCache {
    /// Tokens whose keys and values a step which generates reads, at the mean depth of the expected
    /// work.
    fileprivate func tokensRead(by policy: MappingPolicy) -> Double {
        let work = policy.expectedWork
        let depth = work.promptTokens + work.generatedTokens / 2
        return Double(min(depth, window ?? depth) * policy.maxBatchSize)
    }

    fileprivate func bytesRead(by policy: MappingPolicy) -> Double {
        tokensRead(by: policy) * Double(blockBytes) / Double(blockTokens)
    }
}

extension DeviceSpeed {
    /// The speeds of a format, or of the slowest measured one in place of it.
    fileprivate func format(nearest type: ElementType) -> Format? {
        self[type] ?? formats.min { $0.bytesPerSecond < $1.bytesPerSecond }
    }
}
