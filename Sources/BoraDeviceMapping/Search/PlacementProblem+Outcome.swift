extension PlacementProblem {
    /// What an assignment of units to sites takes.
    package struct Outcome: Equatable {
        /// Time of the whole work.
        package var work = 0
        /// Time of its prompts.
        package var prompts = 0
        /// Time of one step.
        package var step = 0
        /// Weights and KV by site, and the workspace.
        package var bytes: [Int] = []
        package var workspace: [Int] = []
        package var isUsed: [Bool] = []
        package var fits = true
    }

    /// The one evaluator: every search and every test goes by it. Chunks pass through the sites
    /// like parts through a factory: the first takes the sum of all times, each of the others the
    /// time of the busiest site more.
    package func evaluate(_ assignment: [Int]) -> Outcome {
        var outcome = Outcome(
            bytes: base.map(\.bytes), workspace: base.map(\.workspace),
            isUsed: base.map { $0 != CostModel.Cost() })
        var busy = Array(repeating: 0, count: sites.count)
        var chunk = 0
        var at: Int?
        for (unit, site) in assignment.enumerated() {
            if at != site {
                if let at {
                    outcome.step += stepCrossing[at * sites.count + site]
                    chunk += chunkCrossing[at * sites.count + site]
                }
                outcome.step += sites[site].segment
                chunk += sites[site].segment
                busy[site] += sites[site].segment
                at = site
            }
            let cost = units[unit].costs[site]
            outcome.step += cost.step
            chunk += cost.chunk
            busy[site] += cost.chunk
            outcome.bytes[site] += cost.bytes
            outcome.workspace[site] = max(outcome.workspace[site], cost.workspace)
            outcome.isUsed[site] = true
        }
        for tie in ties where assignment[tie.first] == assignment[tie.second] {
            outcome.bytes[assignment[tie.first]] -= tie.bytes[assignment[tie.first]]
        }
        outcome.prompts = chunk + (chunks - 1) * (busy.max() ?? 0)
        outcome.work = outcome.prompts + steps * outcome.step
        outcome.fits = fits(outcome)
        return outcome
    }

    /// Bytes that each pool gives.
    package func poolTotals(_ outcome: Outcome) -> [Int] {
        var totals = Array(repeating: 0, count: poolLimits.count)
        for (index, site) in sites.enumerated() where outcome.isUsed[index] {
            totals[site.pool] += site.overhead + outcome.bytes[index] + outcome.workspace[index]
            if let host { totals[sites[host].pool] += site.staging }
        }
        return totals
    }

    private func fits(_ outcome: Outcome) -> Bool {
        sites.indices.allSatisfy { site in
            !outcome.isUsed[site]
                || outcome.bytes[site] + outcome.workspace[site] <= sites[site].room
        } && zip(poolTotals(outcome), poolLimits).allSatisfy { $0 <= $1 }
    }

    /// Whether no layer is on the CPU while a GPU in use, and its pool, have room for it.
    package func putsGPUsFirst(_ assignment: [Int], _ outcome: Outcome) -> Bool {
        guard let host else { return true }
        let spilled = units.indices.filter {
            units[$0].freedom == .layer && assignment[$0] == host
        }
        guard !spilled.isEmpty else { return true }
        let totals = poolTotals(outcome)
        return sites.indices.allSatisfy { site in
            guard site != host, outcome.isUsed[site] else { return true }
            let workspace = max(outcome.workspace[site], largestLayerWorkspace(on: site))
            let taken = outcome.bytes[site] + workspace
            let pool = sites[site].pool
            let total = totals[pool] + workspace - outcome.workspace[site]
            return spilled.allSatisfy { unit in
                let more = layerBytes(unit, on: site)
                // A pool may be the CPU's, too.
                let freed = pool == sites[host].pool ? layerBytes(unit, on: host) : 0
                return taken + more > sites[site].room
                    || total + more - freed > poolLimits[pool]
            }
        }
    }

    /// Bytes on a GPU of a layer without its experts.
    func layerBytes(_ unit: Int, on site: Int) -> Int {
        let rest = units[(unit + 1)...].prefix { $0.freedom == .rest || $0.freedom == .experts }
        return rest.lazy.filter { $0.freedom == .rest }
            .reduce(units[unit].costs[site].bytes) { $0 + $1.costs[site].bytes }
    }

    /// Workspace that a site needs for any layer.
    func largestLayerWorkspace(on site: Int) -> Int {
        units.lazy.filter { $0.freedom == .layer || $0.freedom == .rest }
            .map { $0.costs[site].workspace }.max() ?? 0
    }
}
