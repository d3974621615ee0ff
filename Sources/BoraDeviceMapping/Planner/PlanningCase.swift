import BoraCore

/// One size of prompt chunks to plan with: the problem in numbers, and its solution.
package struct PlanningCase {
    struct Solution {
        let problem: PlacementProblem
        let found: PlacementSearch.Found
        /// Where the images are seen.
        let visionSite: Int?
        /// Whether the rule holds that no layer is on the CPU while a GPU in use has room.
        var keepsRule = true
        /// Whether no other map of the class is better.
        var isExact = true
    }

    let inventory: Inventory
    let policy: MappingPolicy
    let costs: CostModel
    let candidates: Candidates
    private let visionParts: [Part]
    /// The sites of what the user fixed.
    let pins: [Part: Int]
    /// Times to hand over the hidden states of a step and of a chunk, by pairs of sites.
    private let crossings: [[Int]]

    package init(_ footprint: Footprint, _ inventory: Inventory, _ policy: MappingPolicy) {
        self.init(ModelContents(footprint), inventory, policy)
    }

    init(_ contents: ModelContents, _ inventory: Inventory, _ policy: MappingPolicy) {
        self.inventory = inventory
        self.policy = policy
        let isTimed = inventory.devices.allSatisfy { $0.speed != nil }
        costs = CostModel(contents, policy, isTimed: isTimed)
        candidates = Candidates(costs, inventory, policy)
        visionParts = costs.order.filter(\.role.seesImages)
        let devices = candidates.devices
        pins = candidates.pins.compactMapValues { id in devices.firstIndex { $0.id == id } }
        crossings = Self.crossings(devices, inventory, policy, costs)
    }

    private static func crossings(
        _ devices: [Inventory.Device], _ inventory: Inventory, _ policy: MappingPolicy,
        _ costs: CostModel
    ) -> [[Int]] {
        let sites = devices.enumerated().reduce(into: [DeviceID: Int]()) { table, entry in
            table[entry.element.id] = entry.offset
        }
        var links = [Inventory.Link?](repeating: nil, count: devices.count * devices.count)
        for link in inventory.links {
            guard let from = sites[link.from], let to = sites[link.to] else { continue }
            links[from * devices.count + to] = link
        }
        return [policy.maxBatchSize, costs.chunkRows].map { rows in
            links.enumerated().map { index, link in
                index / devices.count == index % devices.count
                    ? 0 : costs.crossing(rows: rows, over: link)
            }
        }
    }

    /// No map takes less time, contiguous or not, on the devices that are eligible: one that lies
    /// on one device takes what it takes, any other crosses at least once.
    func bound(near relaxation: Relaxation) -> Int {
        let problem = problem(byParts: true, visionSite: fallbackVisionSite)
        let sites = problem.sites.indices
        let crossing = sites.flatMap { from in
            sites.lazy.filter { $0 != from }.map { problem.entry(from: from, to: $0) }
        }.min()
        let whole = sites.compactMap { site -> Int? in
            guard problem.units.allSatisfy({ !$0.isPinned || $0.freedom == .pinned(site) }) else {
                return nil
            }
            let outcome = problem.evaluate(problem.units.map { _ in site })
            return outcome.fits ? outcome.work : nil
        }.min()
        guard let crossing else { return whole ?? 0 }
        let split = Relaxation(problem, like: relaxation).bound + crossing
        return min(split, whole ?? split)
    }

    /// The problem if the model has to be split.
    func splitProblem() -> PlacementProblem { problem(visionSite: fallbackVisionSite) }

    /// The best map of several units over the devices that keeps `rules`; nil where there is none.
    ///
    /// - Parameters:
    ///   - limit: work that it has to stay below, in picoseconds.
    func solve(
        _ problem: PlacementProblem, _ relaxation: Relaxation, _ rules: PlacementSearch.Rules,
        below limit: Int
    ) -> (solution: Solution?, isComplete: Bool) {
        let result = PlacementSearch(problem, relaxation, rules: rules).run(below: limit)
        return (result.found.map { solution(problem, $0) }, result.isComplete)
    }

    /// A map that fits, where rooms are so tight that the search for the best finds none.
    func solveForRoom(_ problem: PlacementProblem, _ relaxation: Relaxation) -> Solution? {
        guard let rules = rules.last else { return nil }
        return PlacementSearch(problem, relaxation, rules: rules).runForRoom()
            .map { solution(problem, $0) }
    }

    private func solution(
        _ problem: PlacementProblem, _ found: PlacementSearch.Found
    ) -> Solution {
        Solution(
            problem: problem, found: found, visionSite: fallbackVisionSite,
            keepsRule: problem.putsGPUsFirst(found.assignment, found.outcome))
    }

    /// From what the specification asks for to what is possible.
    var rules: [PlacementSearch.Rules] {
        if policy.deviceLayers != nil {
            return [
                .init(putsGPUsFirst: false, usesNamed: false, keepsFixedOnGPUs: true),
                .init(putsGPUsFirst: false, usesNamed: false),
            ]
        }
        return [
            .init(), .init(putsGPUsFirst: false), .init(putsGPUsFirst: false, usesNamed: false),
        ]
    }

    /// What fits on one GPU goes whole to the fastest such; without GPUs, to the CPU.
    func wholeOnOneDevice(_ split: PlacementProblem) -> Solution? {
        guard pins.isEmpty else { return nil }
        let gpus = candidates.devices.indices.filter { candidates.devices[$0].id.kind == .gpu }
        var best: Solution?
        for site in gpus.isEmpty ? Array(candidates.devices.indices) : gpus {
            let vision = visionParts.isEmpty ? nil : site
            let problem = vision == nil ? split : problem(visionSite: vision)
            let assignment = Array(repeating: site, count: problem.units.count)
            let outcome = problem.evaluate(assignment)
            guard outcome.fits, outcome.work < (best?.found.outcome.work ?? .max) else { continue }
            best = Solution(
                problem: problem,
                found: .init(assignment: assignment, outcome: outcome), visionSite: vision)
        }
        return best
    }

    /// Images are seen on the fastest GPU with room for it, before any text layer is placed; else
    /// on the CPU.
    package var fallbackVisionSite: Int? {
        guard let first = visionParts.first else { return nil }
        if let pinned = pins[first] { return pinned }
        let problem = problem(visionSite: nil)
        let gpus = candidates.byTime(problem).filter { candidates.devices[$0].id.kind == .gpu }
        let roomy = gpus.first { site in
            let cost = visionCost(on: site)
            return cost.bytes + cost.workspace <= problem.sites[site].room
        }
        return roomy ?? problem.host ?? 0
    }

    func visionCost(on site: Int) -> CostModel.Cost {
        visionParts.reduce(into: CostModel.Cost()) { sum, part in
            let cost = costs.cost(of: part, on: candidates.devices[site])
            sum.bytes += cost.bytes
            sum.workspace = max(sum.workspace, cost.workspace)
        }
    }

    /// - Parameter byParts: every part for itself, for a bound over all maps.
    package func problem(byParts: Bool = false, visionSite: Int?) -> PlacementProblem {
        let devices = candidates.devices
        let units = units(byParts: byParts)
        var base = devices.map { _ in CostModel.Cost() }
        if let visionSite { base[visionSite] = visionCost(on: visionSite) }
        return PlacementProblem(
            sites: candidates.sites, units: units, ties: ties(of: units), base: base,
            stepCrossing: crossings[0], chunkCrossing: crossings[1],
            poolLimits: inventory.pools.indices.map { inventory.limit(ofPool: $0, policy) },
            steps: costs.isTimed ? policy.expectedWork.generatedTokens : 1,
            chunks: costs.isTimed ? costs.chunks : 1)
    }
}
