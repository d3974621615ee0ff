import BoraCore

/// Turns the planner's solution into a map with its bills.
struct MapBuilder {
    let planned: PlanningCase

    init(_ planned: PlanningCase) { self.planned = planned }

    /// - Parameters:
    ///   - bound: of the work's time over all maps, in picoseconds.
    ///   - asked: the policy as the user gave it.
    func map(of solution: PlanningCase.Solution, bound: Int, asked: MappingPolicy) -> DeviceMap {
        let places = places(of: solution)
        let explanation = Explanation(planned, solution, places)
        let cache = CacheSize(footprint: planned.costs.footprint, policy: planned.policy)
        let bills = bills(places)
        return DeviceMap(
            fingerprint: planned.costs.footprint.fingerprint,
            layers: planned.costs.footprint.layers,
            assignments: planned.costs.order.map { part in
                .init(part: part, placement: Placement(on: places[part]!))
            },
            bills: bills, pools: pools(bills), blocksPerGroup: cache.blocksPerGroup,
            policy: planned.policy, predicted: predicted(solution, bound: bound),
            reasons: planned.candidates.reasons + explanation.reasons,
            warnings: explanation.warnings(asked))
    }

    private func places(of solution: PlanningCase.Solution) -> [Part: DeviceID] {
        let devices = planned.candidates.devices.map(\.id)
        var places: [Part: DeviceID] = [:]
        for (unit, site) in zip(solution.problem.units, solution.found.assignment) {
            for part in unit.parts { places[part] = devices[site] }
        }
        if let site = solution.visionSite {
            for part in planned.costs.order where part.role.seesImages {
                places[part] = devices[site]
            }
        }
        return places
    }

    private func predicted(
        _ solution: PlanningCase.Solution, bound: Int
    ) -> PredictedTime? {
        guard planned.costs.isTimed else { return nil }
        let outcome = solution.found.outcome
        return PredictedTime(
            promptSeconds: Double(outcome.prompts) / 1e12,
            tokenSeconds: Double(outcome.step) / 1e12, workSeconds: Double(outcome.work) / 1e12,
            boundSeconds: Double(bound) / 1e12)
    }

    /// The bills of the devices that have parts: GPUs by ordinal, then the CPU.
    ///
    /// - Parameter devices: nil for those that the plan may use.
    func bills(
        _ places: [Part: DeviceID], on devices: [Inventory.Device]? = nil
    ) -> [DeviceBill] {
        let parts = planned.costs.order.reduce(into: [DeviceID: [Part]]()) { table, part in
            if let device = places[part] { table[device, default: []].append(part) }
        }
        return (devices ?? planned.candidates.devices).compactMap { device in
            parts[device.id].map { bill(of: device, with: $0) }
        }
    }

    private func bill(of device: Inventory.Device, with parts: [Part]) -> DeviceBill {
        let costs = planned.costs
        return DeviceBill(
            device: device.id, model: device.model,
            memory: planned.inventory.pools[device.pool].totalBytes,
            budget: planned.inventory.budget(of: device, planned.policy),
            weights: costs.contents.weights(of: parts, on: device.id.kind),
            kv: parts.reduce(0) { $0 + costs.cacheBytes(of: $1) },
            workspace: parts.map { costs.workspace(of: $0, on: device.id.kind) }.max() ?? 0,
            overhead: device.overheadBytes, overheadSource: device.overheadSource,
            reserve: planned.inventory.reserve(of: device, planned.policy),
            staging: device.stagingBytes)
    }

    private func pools(_ bills: [DeviceBill]) -> [PoolBill] {
        let inventory = planned.inventory
        let host = inventory.devices.first { $0.id.kind == .cpu }?.pool
        return inventory.pools.indices.compactMap { pool in
            let own = bills.filter { inventory[$0.device]?.pool == pool }
            let staging = pool == host ? bills.reduce(0) { $0 + $1.staging } : 0
            guard !own.isEmpty || staging > 0 else { return nil }
            return PoolBill(
                name: inventory.pools[pool].name,
                budget: inventory.limit(ofPool: pool, planned.policy),
                total: own.reduce(staging) { $0 + $1.total })
        }
    }
}

extension MapBuilder {
    /// What does not fit, to be shown: the devices as full as they can be, from the fastest to the
    /// slowest, and everything else on the last.
    func overfull() -> (bills: [DeviceBill], pools: [PoolBill]) {
        let visionSite = planned.fallbackVisionSite
        let problem = planned.problem(visionSite: visionSite)
        let gpus = planned.candidates.byTime(problem).filter { $0 != problem.host }
        let order = gpus + (problem.host.map { [$0] } ?? [])
        var assignment: [Int] = []
        var position = 0
        var bytes = problem.base.map(\.bytes)
        var workspace = problem.base.map(\.workspace)
        for unit in problem.units {
            var site = order[position]
            if case .pinned(let pin) = unit.freedom {
                site = pin
            } else {
                while position < order.count - 1 {
                    site = order[position]
                    let cost = unit.costs[site]
                    let need = bytes[site] + cost.bytes + max(workspace[site], cost.workspace)
                    if need <= problem.sites[site].room { break }
                    position += 1
                    site = order[position]
                }
            }
            bytes[site] += unit.costs[site].bytes
            workspace[site] = max(workspace[site], unit.costs[site].workspace)
            assignment.append(site)
        }
        let outcome = problem.evaluate(assignment)
        let bills = bills(
            places(
                of: .init(
                    problem: problem,
                    found: .init(assignment: assignment, outcome: outcome),
                    visionSite: visionSite)))
        return (bills, pools(bills))
    }
}
