import BoraCore
import BoraDeviceMapping
import TestSupport
import Testing

/// The planner against a search that tries everything.
@Suite struct OptimalityTests {
    /// Plans are the best of their class, and the distance that they report from the best of all
    /// maps is no understatement.
    @Test(arguments: 0..<10)
    func plansAreTheBestThereAre(part: Int) throws {
        let seeds = part * 1000..<(part + 1) * 1000
        print("random rigs: seeds \(seeds)")
        var plans = 0
        var splits = 0
        var spills = 0
        var tried = 0
        var (pinned, manual, seeing) = (0, 0, 0)
        var gaps: [Double] = []
        for seed in seeds {
            let rig = RandomRig(seed: seed)
            let search = rig.exhaustiveSearch()
            tried += search.count
            if !rig.policy.pins.isEmpty { pinned += 1 }
            if rig.policy.deviceLayers != nil { manual += 1 }
            if rig.seesImages { seeing += 1 }
            let map: DeviceMap
            do {
                map = try rig.planner.plan()
            } catch let error as MappingError {
                #expect(search.allowed == nil, "seed \(seed): \(error)")
                continue
            }
            let predicted = try #require(map.predicted)
            let allowed = try #require(search.allowed, "seed \(seed)")
            let anywhere = try #require(search.anywhere, "seed \(seed)")
            plans += 1
            if map.bills.count > 1 { splits += 1 }
            if map.bills.contains(where: { $0.device.kind == .gpu }),
                map.layerDevices.contains(.cpu)
            {
                spills += 1
            }
            #expect(
                predicted.workSeconds == Double(allowed) / 1e12,
                "seed \(seed): \(map.report) \(map.reasons)")
            #expect(predicted.boundSeconds <= Double(anywhere) / 1e12, "seed \(seed)")
            let gap = predicted.workSeconds / (Double(anywhere) / 1e12) - 1
            #expect(predicted.gap >= gap - 1e-12, "seed \(seed)")
            #expect(map.bills.allSatisfy { $0.free >= 0 } && map.pools.allSatisfy { $0.free >= 0 })
            gaps.append(predicted.gap)
        }
        let mean = gaps.reduce(0, +) / Double(max(1, gaps.count))
        print(
            "\(plans) plans, \(splits) over several devices, \(spills) with layers spilled, "
                + "\(pinned) with pins, \(manual) manual, \(seeing) with images, "
                + "\(tried) assignments tried, mean gap \(mean)")
        #expect(splits > 200 && spills > 50 && pinned > 50 && manual > 50 && seeing > 50)
    }
}
