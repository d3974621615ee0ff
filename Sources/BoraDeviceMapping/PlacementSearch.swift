/// Finds the fastest assignment of the contiguous class: every site holds one run of consecutive
/// units; beside it, the CPU may hold fixed parts and experts, and what is pinned is where it is.
///
/// Dynamic programming over the units: a label is a map of the first units, as far as it matters
/// for the rest. Of two labels that can go on in the same ways, one that is no better in anything
/// is dropped, and so is one whose bound (`Relaxation`) is no better than a map that is known. The
/// busiest site, which only counts at the end, is one of the things compared: this is the search by
/// thresholds on it, all thresholds at once. Of sites that can be exchanged, the first is taken, so
/// that only their number counts.
struct PlacementSearch {
    /// What besides the room decides whether a map is allowed.
    struct Rules {
        /// No layer is on the CPU while a GPU in use has room for it.
        var putsGPUsFirst = true
        /// Every site that the user named is used.
        var usesNamed = true
        /// No fixed part is on the CPU.
        var keepsFixedOnGPUs = false
    }

    struct Found: Equatable {
        let assignment: [Int]
        let outcome: PlacementProblem.Outcome
    }

    /// What makes a label a good one.
    enum Aim {
        case time
        /// Little room taken: finds a map where few fit.
        case room
    }

    let problem: PlacementProblem
    let relaxation: Relaxation
    let rules: Rules
    let tables: SearchTables

    /// Label extensions of the thorough pass, about: what bounds its time.
    private static let effort = 40_000
    private static let narrowWidth = 8
    /// Labels kept for a unit where only room counts.
    private static let roomWidth = 2048

    init(_ problem: PlacementProblem, _ relaxation: Relaxation, rules: Rules) {
        self.problem = problem
        self.relaxation = relaxation
        self.rules = rules
        tables = SearchTables(problem, relaxation)
    }

    /// The fastest map; nil where there is none, or none was found.
    ///
    /// - Parameter limit: work that a map has to stay below, in picoseconds.
    func run(below limit: Int) -> (found: Found?, isComplete: Bool) {
        let narrow = pass(width: Self.narrowWidth, below: limit)
        guard !narrow.isComplete else { return narrow }
        let lower = narrow.found?.outcome.work ?? limit
        let width = max(32, Self.effort / max(1, problem.units.count * tables.kinds))
        let thorough = pass(width: width, below: lower)
        return (thorough.found ?? narrow.found, thorough.isComplete)
    }

    /// A map that fits, whatever its time, where rooms are so tight that `run` found none.
    func runForRoom() -> Found? {
        pass(width: Self.roomWidth, below: .max, aim: .room).found
    }

    /// One pass over the units that keeps the `width` best labels at each.
    private func pass(
        width: Int, below limit: Int, aim: Aim = .time
    ) -> (found: Found?, isComplete: Bool) {
        var grower = LabelGrower(self, below: limit, aim: aim)
        var traces: [(parent: Int32, site: Int16)] = []
        var labels = [grower.start]
        var isComplete = true
        var next = LabelSet(grower.comparison)
        for unit in problem.units.indices {
            next.removeAll()
            for label in labels { grower.extend(label, by: unit, into: &next) }
            labels = next.labels
            if labels.count > width {
                isComplete = false
                let order = labels.indices.map { (rank: labels[$0].rank, index: $0) }.sorted {
                    ($0.rank, $0.index) < ($1.rank, $1.index)
                }
                labels = order.prefix(width).map { labels[$0.index] }
            }
            for index in labels.indices {
                traces.append((labels[index].trace, labels[index].at))
                labels[index].trace = Int32(traces.count - 1)
            }
        }
        let finals = labels.filter { grower.isAllowed($0) }
            .map { (label: $0, work: grower.work(of: $0)) }.sorted { $0.work < $1.work }
        for final in finals where final.work < limit {
            let assignment = assignment(of: final.label, traces)
            let outcome = problem.evaluate(assignment)
            guard outcome.fits, outcome.work < limit,
                !rules.putsGPUsFirst || problem.putsGPUsFirst(assignment, outcome)
            else { continue }
            return (Found(assignment: assignment, outcome: outcome), isComplete)
        }
        return (nil, isComplete)
    }

    private func assignment(
        of label: SearchLabel, _ traces: [(parent: Int32, site: Int16)]
    ) -> [Int] {
        var sites: [Int] = []
        var trace = label.trace
        while trace >= 0 {
            sites.append(Int(traces[Int(trace)].site))
            trace = traces[Int(trace)].parent
        }
        return sites.reversed()
    }
}

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
    /// Whether something is on a site whatever the search does.
    func isPinned(_ site: Int) -> Bool {
        base[site] != CostModel.Cost() || units.contains { $0.freedom == .pinned(site) }
    }

    /// Bytes of a pool that are taken whatever the search does, the CPU's own apart.
    func pinnedTotal(ofPool pool: Int) -> Int {
        sites.indices.filter { isPinned($0) }.reduce(0) { sum, index in
            let site = sites[index]
            var sum = sum
            if let host, sites[host].pool == pool { sum += site.staging }
            guard site.pool == pool, index != host else { return sum }
            return sum + site.overhead + pinnedBytes(on: index) + pinnedWorkspace(on: index)
        }
    }

    /// Pools that their sites, each as full as it can be, would overdraw.
    var tightPools: [Int] {
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
