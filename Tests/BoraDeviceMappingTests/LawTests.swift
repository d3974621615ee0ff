import BoraCore
import BoraDeviceMapping
import TestSupport
import Testing

/// What must hold of plans whatever the numbers: more never makes them worse, bounds are below and
/// greedy maps above.
@Suite struct LawTests {
    /// Rigs whose plan is over several GPUs: there, speed alone decides. (What fits on one GPU goes
    /// whole to it, and layers leave the CPU where there is room, both whatever the time.)
    private static let rigs: [(seed: Int, rig: RandomRig, map: DeviceMap)] = (20_000..<22_500)
        .compactMap { seed in
            let rig = RandomRig(seed: seed)
            guard rig.policy.pins.isEmpty, rig.policy.deviceLayers == nil, !rig.seesImages else {
                return nil
            }
            let gpus = rig.inventory.devices.filter { $0.id.kind == .gpu }.map { device in
                var device = device
                device.isNamed = false
                return device
            }
            let free = rig.with(
                Inventory(pools: rig.inventory.pools, devices: gpus, links: rig.inventory.links))
            guard gpus.count > 1, let map = try? free.planner.plan(), map.bills.count > 1 else {
                return nil
            }
            return (seed, free, map)
        }

    private static func check(
        _ change: (Inventory) -> Inventory, _ what: String
    ) throws {
        var compared = 0
        for (seed, rig, map) in rigs {
            let changed = try rig.with(change(rig.inventory)).planner.plan()
            // The rule about one GPU has come into play.
            guard changed.bills.count > 1 else { continue }
            compared += 1
            #expect(
                changed.predicted!.workSeconds <= map.predicted!.workSeconds,
                "\(what): seed \(seed)")
        }
        print("\(what): \(compared) rigs compared, seeds from 20000")
        #expect(compared > 100)
    }

    @Test func moreMemoryIsNeverWorse() throws {
        try Self.check(
            { inventory in
                let pools = inventory.pools.map { pool in
                    Inventory.Pool(
                        name: pool.name, totalBytes: pool.totalBytes,
                        availableBytes: pool.availableBytes * 9 / 8, source: pool.source)
                }
                return Inventory(pools: pools, devices: inventory.devices, links: inventory.links)
            }, "more memory")
    }

    @Test func aFasterDeviceIsNeverWorse() throws {
        try Self.check(
            { inventory in
                var devices = inventory.devices
                let speed = devices[0].speed!
                devices[0].speed = DeviceSpeed(
                    formats: speed.formats.map {
                        .init(
                            type: $0.type, bytesPerSecond: 2 * $0.bytesPerSecond,
                            operationsPerSecond: 2 * $0.operationsPerSecond)
                    },
                    cacheBytesPerSecond: 2 * speed.cacheBytesPerSecond,
                    nearCacheBytesPerSecond: 2 * speed.nearCacheBytesPerSecond,
                    attentionOperationsPerSecond: 2 * speed.attentionOperationsPerSecond,
                    segmentOverhead: speed.segmentOverhead / 2,
                    layerOverhead: speed.layerOverhead / 2)
                return Inventory(
                    pools: inventory.pools, devices: devices, links: inventory.links)
            }, "a faster device")
    }

    @Test func oneDeviceMoreIsNeverWorse() throws {
        try Self.check(
            { inventory in
                var extra = inventory.devices[0]
                extra = .init(
                    id: .gpu(7), model: "extra", pool: inventory.pools.count, cores: 1,
                    overheadBytes: extra.overheadBytes)
                extra.speed = inventory.devices[1].speed
                let pool = inventory.pools[inventory.devices[1].pool]
                let links = inventory.devices.flatMap { device in
                    [(device.id, extra.id), (extra.id, device.id)].map {
                        Inventory.Link(from: $0.0, to: $0.1, bytesPerSecond: 1e9, latency: 1e-6)
                    }
                }
                return Inventory(
                    pools: inventory.pools + [pool], devices: inventory.devices + [extra],
                    links: inventory.links + links)
            }, "one device more")
    }

    /// Filling the devices one after another, in the order given, is never better.
    @Test func theBoundIsBelowAndGreedyFillingAbove() throws {
        var compared = 0
        for (seed, rig, map) in Self.rigs {
            let predicted = try #require(map.predicted)
            #expect(predicted.boundSeconds <= predicted.workSeconds, "seed \(seed)")
            let problem = PlanningCase(rig.footprint, rig.inventory, rig.policy)
                .problem(visionSite: nil)
            guard let greedy = Self.greedyWork(problem) else { continue }
            compared += 1
            #expect(predicted.workSeconds <= Double(greedy) / 1e12, "seed \(seed)")
        }
        print("greedy: \(compared) rigs compared, seeds from 20000")
        #expect(compared > 100)
    }

    private static func greedyWork(_ problem: PlacementProblem) -> Int? {
        var assignment: [Int] = []
        var site = 0
        while assignment.count < problem.units.count {
            let units = assignment.count
            var bytes = 0
            var workspace = 0
            for unit in 0..<units where assignment[unit] == site {
                bytes += problem.units[unit].costs[site].bytes
                workspace = max(workspace, problem.units[unit].costs[site].workspace)
            }
            let cost = problem.units[units].costs[site]
            if bytes + cost.bytes + max(workspace, cost.workspace) <= problem.sites[site].room {
                assignment.append(site)
            } else if site < problem.sites.count - 1, problem.units[units].freedom != .experts {
                site += 1
            } else {
                return nil
            }
        }
        let outcome = problem.evaluate(assignment)
        return outcome.fits ? outcome.work : nil
    }
}
