import BoraCore
import BoraDeviceMapping
import TestSupport

/// A random small model and random devices for it, from a seed.
struct RandomRig {
    private(set) var footprint: Footprint
    private(set) var inventory: Inventory
    private(set) var policy: MappingPolicy

    init(seed: Int, devices most: Int = 3) {
        var random = SeededGenerator(seed: seed)
        policy = MappingPolicy()
        policy.chunkTokens = 64
        policy.maxSequenceLength = .random(in: 64...1024, using: &random)
        policy.maxBatchSize = random.oneIn(3) ? 4 : 1
        policy.reserveBytes = random.oneIn(2) ? 0 : 1000
        let count = random.oneIn(10) ? 1 : Int.random(in: 2...most, using: &random)
        let layers = Int.random(in: 1...(count == 3 ? 6 : 8), using: &random)
        footprint = Self.footprint(
            layers: layers, expertLayers: random.oneIn(3) ? 8 - layers : 0, &random)
        inventory = Self.inventory(count: count, &random)
        shrink(&random)
        if random.oneIn(5) { pin(&random) } else if random.oneIn(8) { deal(&random) }
    }

    /// Pins a run of layers, and often the head too.
    private mutating func pin(_ random: inout SeededGenerator) {
        let first = Int.random(in: 0..<footprint.layers, using: &random)
        let layers = first..<Int.random(in: first + 1...footprint.layers, using: &random)
        let devices = inventory.devices.map(\.id)
        policy.pins = [
            Pin(.layers(layers), to: devices.randomElement(using: &random)!, source: "test")
        ]
        if random.oneIn(2) {
            let head = TensorPattern(Self.isTied(footprint) ? "^table$" : "head")!
            policy.pins.append(
                Pin(.tensors(head), to: devices.randomElement(using: &random)!, source: "test"))
        }
    }

    /// Deals the layers by hand; what is left goes to the CPU.
    private mutating func deal(_ random: inout SeededGenerator) {
        let devices = inventory.devices.map(\.id)
        guard devices.contains(.cpu) else { return }
        let entries = devices.filter { $0 != .cpu }.shuffled(using: &random).map {
            "\($0.ordinal):\(Int.random(in: 0...footprint.layers, using: &random))"
        }
        guard !entries.isEmpty else { return }
        policy.deviceLayers = try? DeviceLayers(
            parsing: entries.joined(separator: ";"), devices: devices)
    }

    private static func isTied(_ footprint: Footprint) -> Bool {
        footprint.tensors.contains { $0.name == "table" }
    }

    var seesImages: Bool { footprint.parts.contains { $0.role.seesImages } }

    private static func footprint(
        layers: Int, expertLayers: Int, _ random: inout SeededGenerator
    ) -> Footprint {
        var parts: [Part] = [.embedding]
        for layer in 0..<layers {
            parts.append(Part(layer: layer, .attention))
            // So few that every assignment can be tried.
            if layer < min(expertLayers, 2), layers <= 4 {
                parts.append(Part(layer: layer, .experts))
            }
        }
        parts.append(.head)
        let isTied = random.oneIn(2)
        let isUniform = random.oneIn(2)
        let common = Int.random(in: 50...400, using: &random)
        let table = Int.random(in: 50...600, using: &random)
        var tensors: [Footprint.Tensor] = []
        for part in parts {
            let isTable = part == .embedding || part == .head
            let own = isUniform ? common : .random(in: 20...400, using: &random)
            let size = (isTable ? table : part.role == .experts ? 4 * own : own) * 32
            tensors.append(
                .init(
                    name: isTable && isTied ? "table" : "\(part)", part: part,
                    type: random.oneIn(2) ? .q8_0 : .f16, rows: size / 32, columns: 32,
                    stored: BytesByKind(cpu: 2 * size, gpu: 2 * size + 192),
                    use: part == .embedding
                        ? .rowPerToken
                        : part.role == .experts ? .experts(count: 8, chosen: 2) : .whole))
        }
        if isTied {
            // One tensor has one type and size.
            let first = tensors[0]
            tensors[tensors.count - 1] = .init(
                name: first.name, part: .head, type: first.type, rows: first.rows,
                columns: first.columns, stored: first.stored)
        }
        if random.oneIn(6) {
            tensors.insert(
                .init(
                    name: "encoder", part: Part(.visionEncoder), type: .f16, rows: common,
                    columns: 32, stored: BytesByKind(64 * common)), at: 0)
            parts.insert(Part(.visionEncoder), at: 0)
        }
        let windows: [Int?] = random.oneIn(2) ? [nil] : [nil, 100]
        var caches: [Footprint.LayerCache] = []
        for layer in 0..<layers {
            let group = layer % windows.count
            var cache = Footprint.LayerCache(
                layer: layer, group: group, blockTokens: 32, blockBytes: 64,
                window: windows[group])
            cache.operationsPerPair = 256
            caches.append(cache)
        }
        let workspace = parts.map { part in
            Footprint.Workspace(
                part: part, chunk: part.role.seesImages ? nil : 64,
                bytes: BytesByKind(
                    cpu: .random(in: 0...3000, using: &random),
                    gpu: .random(in: 0...3000, using: &random)))
        }
        return Footprint(
            fingerprint: "random", architecture: "test", layers: layers, tensors: tensors,
            caches: caches, workspace: workspace, hiddenBytes: 512)
    }

    private static func inventory(
        count: Int, _ random: inout SeededGenerator
    ) -> Inventory {
        let hasCPU = !random.oneIn(6)
        let sharesPool = random.oneIn(3)
        var pools = [Inventory.Pool(name: "host", totalBytes: 0, availableBytes: 0, source: "")]
        var devices: [Inventory.Device] = []
        for index in 0..<count {
            let isCPU = hasCPU && index == count - 1
            let pool = isCPU || (sharesPool && index == 0) ? 0 : pools.count
            if pool == pools.count {
                pools.append(.init(name: "\(pool)", totalBytes: 0, availableBytes: 0, source: ""))
            }
            var device = Inventory.Device(
                id: isCPU ? .cpu : .gpu(index), model: "test", pool: pool, cores: 1,
                overheadBytes: .random(in: 0...2000, using: &random))
            device.speed = speed(slower: isCPU ? 4 : 1, &random)
            device.isNamed = !isCPU && random.oneIn(4)
            device.stagingBytes = isCPU || random.oneIn(2) ? 0 : 3000
            devices.append(device)
        }
        let ids = devices.map(\.id)
        let isEven = random.oneIn(2)
        var links: [Inventory.Link] = []
        for from in ids {
            for to in ids where from != to {
                links.append(
                    .init(
                        from: from, to: to, bytesPerSecond: 1e9,
                        latency: isEven ? 2e-6 : .random(in: 1e-7...3e-5, using: &random)))
            }
        }
        return Inventory(pools: pools, devices: devices, links: links)
    }

    static func speed(slower: Double, _ random: inout SeededGenerator) -> DeviceSpeed {
        let rate = Double.random(in: 1...6, using: &random) * 1e9 / slower
        return DeviceSpeed(
            formats: [.f16, .q8_0].map {
                .init(
                    type: $0, bytesPerSecond: rate * .random(in: 0.7...1, using: &random),
                    operationsPerSecond: rate * .random(in: 4...200, using: &random))
            },
            cacheBytesPerSecond: rate / 2, attentionOperationsPerSecond: rate * 30,
            segmentOverhead: .random(in: 0...4e-6, using: &random), layerOverhead: 1e-6)
    }

    /// Gives every pool a size about which there is something to decide.
    private mutating func shrink(_ random: inout SeededGenerator) {
        let weights = footprint.tensors.reduce(0) { $0 + ($1.stored.gpu ?? 0) }
        let whole = weights + weights / 2 + 6000
        let pools = inventory.pools.map { pool in
            let share = Int.random(in: pool.name == "host" ? 30...160 : 15...80, using: &random)
            return Inventory.Pool(
                name: pool.name, totalBytes: whole * 2, availableBytes: whole * share / 100,
                source: "test")
        }
        let devices = inventory.devices.map { device in
            var device = device
            if random.oneIn(4) {
                device.carvedBytes = whole * .random(in: 20...90, using: &random) / 100
            }
            return device
        }
        inventory = Inventory(pools: pools, devices: devices, links: inventory.links)
    }
}

extension RandomRig {
    /// The same with other devices.
    func with(_ inventory: Inventory) -> RandomRig {
        var rig = self
        rig.inventory = inventory
        return rig
    }

    var planner: Planner { Planner(footprint: footprint, inventory: inventory, policy: policy) }

    func exhaustiveSearch() -> ExhaustiveSearch {
        let planned = PlanningCase(footprint, inventory, policy)
        return ExhaustiveSearch(
            planned.problem(visionSite: planned.fallbackVisionSite),
            whole: { site in
                policy.pins.isEmpty && policy.deviceLayers == nil
                    ? planned.problem(visionSite: seesImages ? site : nil) : nil
            }, isManual: policy.deviceLayers != nil)
    }
}
