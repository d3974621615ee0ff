import BoraCore
import BoraDeviceMapping
import TestSupport
import Testing

/// Models of unlike layers whose devices have hardly any room to spare: few maps fit, one is found.
@Suite struct TightFitTests {
    /// To the last byte: what has no map is seen early.
    @Test(arguments: 0..<40)
    func aMapThatFitsIsFound(seed: Int) throws {
        let map = try Self.plan(gpus: 8, spare: 0, seed: seed)
        #expect(map.bills.count == 8, "seed \(seed)")
        #expect(map.bills.allSatisfy { $0.free == 0 }, "seed \(seed): \(map.report)")
    }

    /// With a hundredth of each room to spare, many beginnings look as if they led to a map. A
    /// search that goes by time finds none in half of these.
    @Test(arguments: 0..<40)
    func aMapThatHardlyFitsIsFound(seed: Int) throws {
        let map = try Self.plan(gpus: 12, spare: 100, seed: seed)
        #expect(map.bills.allSatisfy { $0.free >= 0 }, "seed \(seed): \(map.report)")
    }

    /// Deals 48 layers to GPUs, each with just the room for its run.
    ///
    /// - Parameter spare: 1 / `spare` of each room is added to it; 0 adds nothing.
    private static func plan(gpus: Int, spare: Int, seed: Int) throws -> DeviceMap {
        var random = SeededGenerator(seed: seed)
        let layers = 48
        let sizes = (0..<layers).map { _ in 64 * Int.random(in: 20...400, using: &random) }
        let table = 64 * 30
        let cuts = (1..<layers).shuffled(using: &random).prefix(gpus - 1).sorted()
        var rooms = zip([0] + cuts, cuts + [layers]).map { sizes[$0..<$1].reduce(0, +) }
        rooms[0] += table
        rooms[gpus - 1] += table
        if spare > 0 { rooms = rooms.map { $0 + $0 / spare } }
        rooms.shuffle(using: &random)
        return try Planner(
            footprint: footprint(sizes, table: table), inventory: inventory(rooms, &random),
            policy: MappingPolicy()
        ).plan()
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
