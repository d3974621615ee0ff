import BoraCore

/// What would make a model fit that does not.
struct Remedies {
    private let planner: Planner

    init(_ planner: Planner) { self.planner = planner }

    private struct Remedy {
        let text: String
        let planner: Planner
    }

    /// Those that are enough alone; where none is, those that save anything.
    func savings() -> [MappingError.Saving] {
        let all = [context, batch, cacheType].compactMap { $0 } + quantizations
        let useful = all.map { remedy in
            MappingError.Saving(
                remedy: remedy.text,
                bytes: Self.bytes(of: planner) - Self.bytes(of: remedy.planner),
                isEnough: remedy.planner.fits())
        }.filter { $0.bytes > 0 }
        let enough = useful.filter(\.isEnough)
        return enough.isEmpty ? useful : enough
    }

    private var policy: MappingPolicy { planner.policy }
    private var footprint: Footprint { planner.footprint }

    /// Weights and KV cache, each tensor once.
    private static func bytes(of planner: Planner) -> Int {
        var seen = Set<String>()
        let weights = planner.footprint.tensors.reduce(0) { sum, tensor in
            seen.insert(tensor.name).inserted
                ? sum + (tensor.stored.cpu ?? tensor.stored.gpu ?? 0) : sum
        }
        let cache = CacheSize(footprint: planner.footprint, policy: planner.policy)
        return planner.footprint.caches.reduce(weights) { $0 + cache.bytes(of: $1) }
    }

    /// The longest sequence that fits, halving; the shortest worth a try where none does.
    private var context: Remedy? {
        var best: Remedy?
        var tokens = policy.maxSequenceLength / 2
        while tokens >= 256 {
            var changed = policy
            changed.maxSequenceLength = tokens
            let found = Remedy(text: "--max-seq-len \(tokens)", planner: planner.with(changed))
            best = found
            if found.planner.fits() { break }
            tokens /= 2
        }
        return best
    }

    private var batch: Remedy? {
        guard policy.maxBatchSize > 1 else { return nil }
        var changed = policy
        changed.maxBatchSize = 1
        return Remedy(text: "--max-batch-size 1", planner: planner.with(changed))
    }

    private var cacheType: Remedy? {
        guard footprint.caches.contains(where: { $0.blockBytesInQ8 != nil }) else { return nil }
        let caches = footprint.caches.map { cache in
            cache.blockBytesInQ8.map { cache.withBlockBytes(min($0, cache.blockBytes)) } ?? cache
        }
        return Remedy(
            text: "--kv-dtype q8_0", planner: planner.with(footprint.with(caches: caches)))
    }

    private var quantizations: [Remedy] {
        [ElementType.q8_0, .q4_K].map { type in
            Remedy(
                text: "the model quantized to \(type.displayName)",
                planner: planner.with(
                    footprint.with(tensors: footprint.tensors.map { $0.quantized(to: type) })))
        }
    }
}

extension Footprint {
    fileprivate func with(tensors: [Tensor]? = nil, caches: [LayerCache]? = nil) -> Footprint {
        Footprint(
            fingerprint: fingerprint, architecture: architecture, layers: layers,
            tensors: tensors ?? self.tensors, caches: caches ?? self.caches, workspace: workspace,
            hiddenBytes: hiddenBytes)
    }
}

extension Footprint.LayerCache {
    fileprivate func withBlockBytes(_ bytes: Int) -> Self {
        var cache = Self(
            layer: layer, group: group, blockTokens: blockTokens, blockBytes: bytes,
            window: window)
        cache.operationsPerPair = operationsPerPair
        cache.heads = heads
        return cache
    }
}

extension Footprint.Tensor {
    /// The tensor in another format, where that is smaller. Vectors stay as they are.
    fileprivate func quantized(to type: ElementType) -> Self {
        guard rows > 1, let bytes = type.bytes(elements: elements) else { return self }
        func smaller(_ stored: Int?) -> Int? { stored.map { min($0, bytes) } }
        return Self(
            name: name, part: part, type: self.type, rows: rows, columns: columns,
            stored: BytesByKind(cpu: smaller(stored.cpu), gpu: smaller(stored.gpu)), use: use)
    }
}
