import BoraCore
import BoraDeviceMapping
import Glibc

/// Times the planner on rigs that nobody has: `make bench-planner`. Medians of nine runs, of the
/// time that went by and of the processor's, which other processes do not disturb.

/// A decoder of many layers, as large as 70 billion parameters are with 80 of them.
func footprint(layers: Int) -> Footprint {
    let width = 8192
    let shapes: [(Role, Int, Int)] = [
        (.attention, 1, width), (.attention, width, width), (.attention, 1024, width),
        (.attention, 1024, width), (.attention, width, width), (.feedForward, 1, width),
        (.feedForward, 28_672, width), (.feedForward, 28_672, width),
        (.feedForward, width, 28_672),
    ]
    func tensor(_ name: String, _ part: Part, _ rows: Int, _ columns: Int) -> Footprint.Tensor {
        let type = rows == 1 ? ElementType.f32 : .q4_K
        let bytes = type.bytes(elements: rows * columns)!
        return .init(
            name: name, part: part, type: type, rows: rows, columns: columns,
            stored: BytesByKind(bytes), use: part == .embedding ? .rowPerToken : .whole)
    }
    var tensors = [tensor("embedding", .embedding, 128_256, width)]
    for layer in 0..<layers {
        for (index, shape) in shapes.enumerated() {
            tensors.append(
                tensor("\(layer).\(index)", Part(layer: layer, shape.0), shape.1, shape.2))
        }
    }
    tensors.append(tensor("head", .head, 128_256, width))
    let caches = (0..<layers).map { layer in
        var cache = Footprint.LayerCache(
            layer: layer, group: 0, blockTokens: 32, blockBytes: 32 * 2 * 1024 * 2)
        cache.operationsPerPair = 2 * 64 * 256
        return cache
    }
    var seen = Set<Part>()
    let parts = tensors.map(\.part).filter { seen.insert($0).inserted }
    let workspace = parts.flatMap { part in
        [512, 256, 128].map { chunk in
            Footprint.Workspace(
                part: part, chunk: chunk, bytes: BytesByKind(chunk * width * 20))
        }
    }
    return Footprint(
        fingerprint: "benchmark", architecture: "llama", layers: layers, tensors: tensors,
        caches: caches, workspace: workspace, hiddenBytes: 4 * width)
}

/// A GPU of so much memory that reads so many GB/s and computes so many TFLOP/s.
struct Kind {
    let gigabytes: Int
    let bandwidth: Double
    let compute: Double

    var speed: DeviceSpeed {
        DeviceSpeed(
            formats: [ElementType.q4_K, .f32].map {
                .init(
                    type: $0, bytesPerSecond: bandwidth * 1e9, operationsPerSecond: compute * 1e12)
            },
            cacheBytesPerSecond: bandwidth * 0.7e9, attentionOperationsPerSecond: compute * 0.5e12,
            segmentOverhead: 20e-6, layerOverhead: 5e-6)
    }
}

func inventory(_ gpus: [Kind]) -> Inventory {
    let kinds = gpus + [Kind(gigabytes: 512, bandwidth: 60, compute: 2)]
    let devices = kinds.enumerated().map { index, kind in
        var device = Inventory.Device(
            id: index < gpus.count ? .gpu(index) : .cpu, model: "\(kind)", pool: index, cores: 1,
            overheadBytes: 300 << 20)
        device.speed = kind.speed
        return device
    }
    let links = devices.flatMap { from in
        devices.filter { $0.id != from.id }.map { to in
            Inventory.Link(from: from.id, to: to.id, bytesPerSecond: 12e9, latency: 15e-6)
        }
    }
    return Inventory(
        pools: kinds.enumerated().map { index, kind in
            .init(
                name: "\(index)", totalBytes: kind.gigabytes << 30,
                availableBytes: kind.gigabytes << 30, source: "benchmark")
        },
        devices: devices, links: links)
}

func measure(_ name: String, layers: Int, _ gpus: [Kind]) throws {
    let footprint = footprint(layers: layers)
    let inventory = inventory(gpus)
    var policy = MappingPolicy()
    policy.maxSequenceLength = 8192
    let planner = Planner(footprint: footprint, inventory: inventory, policy: policy)
    var times: [(passed: Duration, used: Duration)] = []
    for _ in 0..<9 {
        let start = (passed: ContinuousClock.now, used: clock())
        _ = try planner.plan()
        times.append(
            (ContinuousClock.now - start.passed, .microseconds(clock() - start.used)))
    }
    let passed = times.map(\.passed).sorted()[4]
    let used = times.map(\.used).sorted()[4]
    let map = try planner.plan()
    let runs = map.layerRuns.map { "\($0.layers.count) on \($0.device)" }
    let gap = (map.predicted!.gap * 100).formatted(decimals: 2)
    print(
        "\(name): \(passed) (processor \(used)), gap \(gap) %, "
            + "chunks of \(map.policy.chunkTokens)")
    print("  " + runs.joined(separator: ", "))
}

let unlike = [
    Kind(gigabytes: 24, bandwidth: 900, compute: 80),
    Kind(gigabytes: 16, bandwidth: 600, compute: 40),
    Kind(gigabytes: 12, bandwidth: 360, compute: 25),
    Kind(gigabytes: 8, bandwidth: 450, compute: 30),
    Kind(gigabytes: 48, bandwidth: 700, compute: 70),
    Kind(gigabytes: 11, bandwidth: 480, compute: 22),
    Kind(gigabytes: 6, bandwidth: 190, compute: 8),
    Kind(gigabytes: 32, bandwidth: 1000, compute: 60),
]
try measure("80 layers, 2 unlike GPUs and a CPU", layers: 80, [unlike[0], unlike[1]])
try measure("80 layers, 4 unlike GPUs and a CPU", layers: 80, Array(unlike[0..<4]))
try measure("200 layers, 7 unlike GPUs and a CPU", layers: 200, Array(unlike[0..<7]))
try measure("200 layers, 8 unlike GPUs and a CPU", layers: 200, unlike)
try measure(
    "200 layers, 7 GPUs that are too small and a CPU", layers: 200,
    unlike[0..<7].map {
        Kind(gigabytes: $0.gigabytes / 2, bandwidth: $0.bandwidth, compute: $0.compute)
    })
try measure(
    "200 layers, 64 GPUs of 4 kinds and a CPU", layers: 200,
    (0..<64).map { unlike[[1, 2, 3, 6][$0 % 4]] })
