/// A problem as a search needs it: flat, and the sums that it asks for again and again.
struct SearchTables {
    struct PlacedCost {
        var bytes: Int
        let workspace: Int
        let chunk: Int
        let time: Int
        /// The least that any map takes which has the unit here.
        let bound: Int
    }

    let sites: Int
    /// The CPU; -1 where there is none.
    let host: Int
    /// Sites that cannot be exchanged for one another.
    let kinds: Int
    /// What units cost: `unit * sites + site`.
    let costs: [PlacedCost]
    /// From a site, or from nowhere, to another: `(from + 1) * sites + to`.
    let entries: [Int]
    let named: UInt128
    /// Workspace that a site needs for any layer.
    let layerWorkspace: [Int]
    /// Bytes of each layer on a GPU; the largest integer for what is no layer.
    let layerBytes: [Int]
    /// Pools that could run short.
    let tightPools: [Int]
    /// By site, the position of its pool in `tightPools`; -1 where it cannot run short.
    let tightPool: [Int]
    let hasPins: Bool
    let isPinned: [Bool]
    /// Bytes and workspace on a site whatever the search does.
    let pinnedBytes: [Int]
    let pinnedWorkspace: [Int]
    let room: [Int]
    /// Before each unit, the sums of the least that it and those after it can take.
    let restRelaxed: [Double]
    let restFastest: [Int]
    let restBytes: [Double]

    init(_ problem: PlacementProblem, _ relaxation: Relaxation) {
        let all = problem.sites.indices
        sites = all.count
        host = problem.host ?? -1
        kinds = Set(problem.sites.map(\.twin)).count
        named = all.reduce(0) { problem.sites[$1].isNamed ? $0 | 1 << UInt128($1) : $0 }
        layerWorkspace = all.map { problem.largestLayerWorkspace(on: $0) }
        let gpu = problem.sites.firstIndex { $0.device.kind == .gpu }
        layerBytes = problem.units.indices.map { unit in
            guard let gpu, problem.units[unit].freedom == .layer else { return .max }
            return problem.layerBytes(unit, on: gpu)
        }
        let tightPools = problem.tightPools
        self.tightPools = tightPools
        tightPool = problem.sites.map { tightPools.firstIndex(of: $0.pool) ?? -1 }
        hasPins = problem.units.contains(where: \.isPinned)
        isPinned = all.map { problem.isPinned($0) }
        let pinnedBytes = all.map { problem.pinnedBytes(on: $0) }
        self.pinnedBytes = pinnedBytes
        room = all.map { problem.sites[$0].room - pinnedBytes[$0] }
        pinnedWorkspace = all.map { problem.pinnedWorkspace(on: $0) }
        entries = ([nil] + all.map(Optional.some)).flatMap { from in
            all.map { problem.entry(from: from, to: $0) }
        }
        let least = problem.units.indices.map { relaxation.least(of: $0) }
        let bound = relaxation.sum(least)
        costs = problem.units.indices.flatMap { unit in
            all.map { site in
                let cost = problem.units[unit].costs[site]
                let more = relaxation.value(of: unit, on: site) - least[unit]
                return PlacedCost(
                    bytes: cost.bytes, workspace: cost.workspace, chunk: cost.chunk,
                    time: problem.time(of: unit, on: site),
                    bound: Relaxation.roundedDown(bound + more))
            }
        }
        var relaxed = [0.0]
        var fastest = [0]
        var bytes = [0.0]
        for unit in problem.units.indices.reversed() {
            let sites = problem.allowedSites(of: unit)
            relaxed.append(relaxed.last! + least[unit])
            fastest.append(
                fastest.last! + (sites.lazy.map { problem.time(of: unit, on: $0) }.min() ?? 0))
            bytes.append(bytes.last! + (sites.lazy.map { relaxation.bytes[unit][$0] }.min() ?? 0))
        }
        restRelaxed = relaxed.reversed()
        restFastest = fastest.reversed()
        restBytes = bytes.reversed()
    }
}

extension PlacementProblem {
    /// Pools that their sites, each as full as it can be, would overdraw.
    fileprivate var tightPools: [Int] {
        let all = (0..<sites.count).map { site in
            units.reduce(base[site].bytes) { $0 + $1.costs[site].bytes }
                + (units.map { $0.costs[site].workspace } + [base[site].workspace]).max()!
        }
        return poolLimits.indices.filter { pool in
            let most = sites.indices.reduce(0) { sum, index in
                let site = sites[index]
                let staging = host.map { sites[$0].pool } == pool ? site.staging : 0
                guard site.pool == pool else { return sum + staging }
                return sum + staging + min(max(0, site.room), all[index]) + site.overhead
            }
            return most > poolLimits[pool]
        }
    }
}
