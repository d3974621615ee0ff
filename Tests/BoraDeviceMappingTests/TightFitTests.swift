import BoraCore
import BoraDeviceMapping
import TestSupport
import Testing

/// Models of unlike layers that fill their devices to the last byte: few maps fit, one is found.
@Suite struct TightFitTests {
    @Test(arguments: 0..<40)
    func aMapThatFitsIsFound(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let layers = 48
        let sizes = (0..<layers).map { _ in 64 * Int.random(in: 20...400, using: &random) }
        let table = 64 * 30
        // Eight runs; each becomes a GPU with just the room for it.
        let cuts = (1..<layers).shuffled(using: &random).prefix(7).sorted()
        let starts = [0] + cuts
        var rooms = zip(starts, cuts + [layers]).map { sizes[$0..<$1].reduce(0, +) }
        rooms[0] += table
        rooms[7] += table
        rooms.shuffle(using: &random)
        let map = try Planner(
            footprint: Self.footprint(sizes, table: table),
            inventory: Self.inventory(rooms, &random), policy: MappingPolicy()
        ).plan()
        #expect(map.bills.count == 8, "seed \(seed)")
        #expect(map.bills.allSatisfy { $0.free == 0 }, "seed \(seed): \(map.report)")
    }

    private static func footprint(_ sizes: [Int], table: Int) -> Footprint {
        func tensor(_ part: Part, _ bytes: Int) -> Footprint.Tensor {
            .init(
                name: "\(part)", part: part, type: .f16, rows: bytes / 64, columns: 32,
                stored: BytesByKind(bytes), use: part == .embedding ? .rowPerToken : .whole)
        }
        let layers = sizes.enumerated().map { tensor(Part(layer: $0, .attention), $1) }
        return Footprint(
            fingerprint: "tight", architecture: "test", layers: sizes.count,
            tensors: [tensor(.embedding, table)] + layers + [tensor(.head, table)], caches: [],
            workspace: [], hiddenBytes: 64)
    }

    /// GPUs of these rooms, each as fast as it happens to be.
    private static func inventory(
        _ rooms: [Int], _ random: inout SeededGenerator
    ) -> Inventory {
        let devices = rooms.enumerated().map { index, room in
            var device = Inventory.Device(
                id: .gpu(index), model: "test", pool: index, cores: 1, overheadBytes: 0)
            device.carvedBytes = room
            device.speed = RandomRig.speed(slower: 1, &random)
            return device
        }
        return Inventory(
            pools: rooms.map {
                .init(name: "test", totalBytes: $0, availableBytes: $0, source: "test")
            },
            devices: devices)
    }
}
