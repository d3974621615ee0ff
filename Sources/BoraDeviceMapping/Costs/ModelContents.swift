/// A footprint gathered by parts, once for every size of chunks that is planned with.
struct ModelContents {
    /// What a part holds.
    struct Entry {
        let part: Part
        var tensors: [Footprint.Tensor] = []
        /// What its tensors take, each once.
        var weights = BytesByKind(0)
        var cache: Footprint.LayerCache?
        var workspace: [Footprint.Workspace] = []
        /// Parts of its layer; 1 for a fixed part.
        var partsOfLayer = 1
        /// Parts of one kind cost the same on any device: layers repeat.
        var kind = 0
    }

    /// A tensor that several parts hold.
    struct SharedTensor {
        let tensor: Footprint.Tensor
        /// In the order of the forward pass.
        var parts: [Part]
    }

    let footprint: Footprint
    /// In the order of the forward pass.
    private(set) var entries: [Entry] = []
    private(set) var sharedTensors: [SharedTensor] = []
    /// By kind, the position of a part in `entries`.
    private(set) var firstOfKind: [Int] = []
    private var positions: [Part: Int] = [:]

    init(_ footprint: Footprint) {
        self.footprint = footprint
        var holders: [String: Part] = [:]
        var shared: [String: Int] = [:]
        for tensor in footprint.tensors {
            let position = position(of: tensor.part)
            entries[position].tensors.append(tensor)
            let holder = holders.updateValue(tensor.part, forKey: tensor.name)
            let others = entries[position].tensors.dropLast()
            let isRepeated = holder != nil && others.contains { $0.name == tensor.name }
            if !isRepeated { entries[position].weights.add(tensor.stored) }
            guard let holder else { continue }
            if let index = shared[tensor.name] {
                if !sharedTensors[index].parts.contains(tensor.part) {
                    sharedTensors[index].parts.append(tensor.part)
                }
            } else if holder != tensor.part {
                shared[tensor.name] = sharedTensors.count
                sharedTensors.append(.init(tensor: tensor, parts: [holder, tensor.part]))
            }
        }
        for cache in footprint.caches {
            guard let position = positions[Part(layer: cache.layer, .attention)] else { continue }
            entries[position].cache = cache
        }
        for workspace in footprint.workspace {
            guard let position = positions[workspace.part] else { continue }
            entries[position].workspace.append(workspace)
        }
        let counts = entries.reduce(into: [Int: Int]()) { counts, entry in
            if let layer = entry.part.layer { counts[layer, default: 0] += 1 }
        }
        for index in entries.indices {
            entries[index].partsOfLayer = entries[index].part.layer.flatMap { counts[$0] } ?? 1
            let kind = firstOfKind.firstIndex { entries[$0].costs(like: entries[index]) }
            if kind == nil { firstOfKind.append(index) }
            entries[index].kind = kind ?? firstOfKind.count - 1
        }
    }

    private mutating func position(of part: Part) -> Int {
        if let last = entries.indices.last, entries[last].part == part { return last }
        if let position = positions[part] { return position }
        positions[part] = entries.count
        entries.append(Entry(part: part))
        return entries.count - 1
    }

    /// Bytes of weights on one device, each tensor once.
    func weights(of parts: [Part], on kind: DeviceKind) -> Int {
        let all = parts.reduce(0) { $0 + (self[$1]?.weights[kind] ?? 0) }
        return sharedTensors.reduce(all) { sum, shared in
            let holders = shared.parts.count { parts.contains($0) }
            return sum - max(0, holders - 1) * (shared.tensor.stored[kind] ?? 0)
        }
    }

    /// nil for a part that the model does not have.
    subscript(part: Part) -> Entry? { positions[part].map { entries[$0] } }
}

extension ModelContents.Entry {
    /// Whether it costs what another does on any device. Names don't matter.
    fileprivate func costs(like other: Self) -> Bool {
        part.role == other.part.role && (part.layer == nil) == (other.part.layer == nil)
            && partsOfLayer == other.partsOfLayer
            && tensors.elementsEqual(other.tensors) { $0.costs(like: $1) }
            && cache?.blockTokens == other.cache?.blockTokens
            && cache?.blockBytes == other.cache?.blockBytes
            && cache?.window == other.cache?.window
            && cache?.operationsPerPair == other.cache?.operationsPerPair
            && cache?.heads == other.cache?.heads
            && workspace.elementsEqual(other.workspace) {
                $0.chunk == $1.chunk && $0.bytes == $1.bytes
            }
    }
}

extension BytesByKind {
    fileprivate mutating func add(_ other: BytesByKind) {
        cpu = (cpu ?? 0) + (other.cpu ?? 0)
        gpu = (gpu ?? 0) + (other.gpu ?? 0)
    }
}

extension Footprint.Tensor {
    fileprivate func costs(like other: Self) -> Bool {
        rows == other.rows && columns == other.columns && type == other.type
            && stored == other.stored && use == other.use
    }
}
