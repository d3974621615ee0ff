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
        /// Whether no other map of the class is faster.
        var isExact: Bool
    }

    let problem: PlacementProblem
    let relaxation: Relaxation
    let rules: Rules

    /// Label extensions of the thorough pass, about: what bounds its time.
    private static let effort = 40_000
    private static let narrowWidth = 8

    private let host: Int
    private let named: UInt128
    private let layerWorkspace: [Int]
    private let layerBytes: [Int]
    /// Pools that could run short, and their limits.
    private let tightPools: [Int]
    private let tracksBusy: Bool
    /// Bytes on the CPU whatever the search does.
    private let hostBase: Int
    private let roomForRun: [Int]
    private let isPinned: [Bool]
    private let baseWorkspace: [Int]
    /// What units cost: `unit * sites + site`.
    private let costs: [PlacedCost]
    /// Before each unit, the sums of the least that it and those after it can take.
    private let restRelaxed: [Double]
    private let restFastest: [Int]
    private let groups: Int

    init(_ problem: PlacementProblem, _ relaxation: Relaxation, rules: Rules) {
        self.problem = problem
        self.relaxation = relaxation
        self.rules = rules
        host = problem.host ?? -1
        named = problem.sites.indices.reduce(0) {
            problem.sites[$1].isNamed ? $0 | 1 << UInt128($1) : $0
        }
        layerWorkspace = problem.sites.indices.map { problem.largestLayerWorkspace(on: $0) }
        let gpu = problem.sites.firstIndex { $0.device.kind == .gpu }
        layerBytes = problem.units.indices.map { unit in
            guard let gpu, problem.units[unit].freedom == .layer else { return .max }
            return problem.layerBytes(unit, on: gpu)
        }
        tightPools = problem.tightPools
        isPinned = problem.sites.indices.map { problem.isPinned($0) }
        tracksBusy = problem.units.contains { if case .pinned = $0.freedom { true } else { false } }
        hostBase = host < 0 ? 0 : problem.pinnedBytes(on: host)
        roomForRun = problem.sites.indices.map {
            problem.sites[$0].room - problem.pinnedBytes(on: $0)
        }
        baseWorkspace = problem.sites.indices.map { problem.pinnedWorkspace(on: $0) }
        var relaxed = [0.0]
        var fastest = [0]
        for unit in problem.units.indices.reversed() {
            relaxed.append(relaxed.last! + relaxation.least(of: unit))
            let least = problem.allowedSites(of: unit).map { problem.time(of: unit, on: $0) }.min()
            fastest.append(fastest.last! + (least ?? 0))
        }
        restRelaxed = relaxed.reversed()
        restFastest = fastest.reversed()
        groups = Set(problem.sites.map(\.twin)).count
        costs = problem.units.indices.flatMap { unit in
            problem.sites.indices.map { site in
                let cost = problem.units[unit].costs[site]
                return PlacedCost(
                    bytes: cost.bytes, workspace: cost.workspace, chunk: cost.chunk,
                    time: problem.time(of: unit, on: site))
            }
        }
    }

    private struct PlacedCost {
        let bytes: Int
        let workspace: Int
        let chunk: Int
        let time: Int
    }

    /// The fastest map; nil where there is none, or none was found (`isComplete`).
    func run() -> (found: Found?, isComplete: Bool) {
        let narrow = pass(width: Self.narrowWidth, best: nil)
        guard !narrow.isComplete else { return narrow }
        let width = max(32, Self.effort / max(1, problem.units.count * groups))
        let thorough = pass(width: width, best: narrow.found)
        return thorough
    }

    /// One pass over the units that keeps the `width` best labels at each.
    private func pass(width: Int, best known: Found?) -> (found: Found?, isComplete: Bool) {
        var traces: [(parent: Int, site: Int)] = []
        var labels = [start]
        var isComplete = true
        let limit = known?.outcome.work ?? .max
        for unit in problem.units.indices {
            var next = LabelSet(comparesEqualRuns: rules.putsGPUsFirst && host >= 0)
            for label in labels {
                extend(label, by: unit, limit: limit) { next.insert($0) }
            }
            labels = next.labels
            if labels.count > width {
                isComplete = false
                let bounds = labels.map(\.bound)
                labels = labels.indices.sorted { (bounds[$0], $0) < (bounds[$1], $1) }
                    .prefix(width).map { labels[$0] }
            }
            for index in labels.indices {
                traces.append((labels[index].trace, labels[index].at))
                labels[index].trace = traces.count - 1
            }
        }
        var found = known
        let finals = labels.filter(isAllowed).sorted { work(of: $0) < work(of: $1) }
        for label in finals where work(of: label) < (found?.outcome.work ?? .max) {
            let assignment = assignment(of: label, traces)
            let outcome = problem.evaluate(assignment)
            guard outcome.fits, outcome.work < (found?.outcome.work ?? .max),
                !rules.putsGPUsFirst || problem.putsGPUsFirst(assignment, outcome)
            else { continue }
            found = Found(assignment: assignment, outcome: outcome, isExact: false)
        }
        found?.isExact = isComplete
        return (found, isComplete)
    }

    private func assignment(
        of label: SearchLabel, _ traces: [(parent: Int, site: Int)]
    ) -> [Int] {
        var sites: [Int] = []
        var trace = label.trace
        while trace >= 0 {
            sites.append(traces[trace].site)
            trace = traces[trace].parent
        }
        return sites.reversed()
    }

    private var start: SearchLabel {
        var label = SearchLabel()
        label.extra = Array(repeating: 0, count: tightPools.count)
        for (position, pool) in tightPools.enumerated() {
            label.extra[position] = problem.pinnedTotal(ofPool: pool)
        }
        if tracksBusy { label.extra += Array(repeating: 0, count: problem.sites.count) }
        if host >= 0 {
            label.hostBytes = hostBase
            label.hostWorkspace = baseWorkspace[host]
            label.usesHost = isPinned[host]
        }
        label.unspent = zip(relaxation.prices, relaxation.room).reduce(0) { $0 + $1.0 * $1.1 }
        return label
    }

    /// Whether a finished label may be the answer.
    private func isAllowed(_ label: SearchLabel) -> Bool {
        let used = label.open < 0 ? label.closed : label.closed | 1 << UInt128(label.open)
        if rules.usesNamed {
            let missing = problem.sites.indices.contains { site in
                let bit: UInt128 = 1 << UInt128(site)
                return named & bit != 0 && used & bit == 0 && !isPinned[site]
            }
            if missing { return false }
        }
        guard rules.putsGPUsFirst else { return true }
        // What was pinned to a GPU without a run of its own has left room there, too.
        let idle = problem.sites.indices.filter { site in
            site != host && used & 1 << UInt128(site) == 0 && isPinned[site]
        }.map { roomForRun[$0] - max(baseWorkspace[$0], layerWorkspace[$0]) }.max()
        return max(label.slack, slack(ofOpen: label), idle ?? .min) < label.smallestOnHost
    }

    private func work(of label: SearchLabel) -> Int {
        label.time + (problem.chunks - 1)
            * max(label.busiest, label.openBusy, label.hostBusy)
    }
}

extension PlacementSearch {
    /// Every way to place `unit` after a label whose bound is below `limit`.
    private func extend(
        _ label: SearchLabel, by unit: Int, limit: Int, _ add: (SearchLabel) -> Void
    ) {
        func offer(_ site: Int, opening: Bool = false) {
            guard let next = placed(label, unit, on: site, opening: opening, limit: limit) else {
                return
            }
            add(next)
        }
        switch problem.units[unit].freedom {
        case .pinned(let site):
            offer(site)
        case .rest:
            if label.open >= 0 { offer(label.open) }
        case .experts:
            if label.open >= 0 { offer(label.open) }
            if host >= 0, label.open != host { offer(host) }
        case .fixed, .layer:
            if label.open >= 0 { offer(label.open) }
            let isLayer = problem.units[unit].freedom == .layer
            // A fixed part on the CPU leaves its run to the layers.
            if !isLayer, host >= 0, label.open != host, !rules.keepsFixedOnGPUs { offer(host) }
            var offered: UInt128 = 0
            for site in problem.sites.indices where isLayer || site != host {
                let twin: UInt128 = 1 << UInt128(problem.sites[site].twin)
                let isTaken = label.closed & 1 << UInt128(site) != 0 || site == label.open
                guard !isTaken, offered & twin == 0 else { continue }
                offered |= twin
                offer(site, opening: true)
            }
        }
    }

    /// A label with one unit more; nil where that does not fit or cannot be the best.
    private func placed(
        _ label: SearchLabel, _ unit: Int, on site: Int, opening: Bool, limit: Int
    ) -> SearchLabel? {
        var next = label
        if opening { open(site, in: &next) }
        let cost = costs[unit * problem.sites.count + site]
        var busy = cost.chunk
        next.time += cost.time
        if label.at != site {
            next.time += problem.entry(from: label.at < 0 ? nil : label.at, to: site)
            busy += problem.sites[site].segment
        }
        next.at = site
        next.weighted += relaxation.weights[site] * Double(busy)
        var isPinned = false
        if case .pinned = problem.units[unit].freedom { isPinned = true }
        addBusy(busy, on: site, in: &next)
        if !isPinned {
            guard addBytes(of: unit, on: site, in: &next) else { return nil }
            if site == host, problem.units[unit].freedom == .layer {
                next.smallestOnHost = min(next.smallestOnHost, layerBytes[unit])
            }
        }
        settleTies(unit, on: site, in: &next)
        guard fits(next) else { return nil }
        if rules.putsGPUsFirst, next.slack >= next.smallestOnHost { return nil }
        next.bound = bound(of: next, after: unit)
        return next.bound < limit ? next : nil
    }

    /// Ends the run that is open and begins one on `site`.
    private func open(_ site: Int, in label: inout SearchLabel) {
        if label.open >= 0 {
            let old = label.open
            label.closed |= 1 << UInt128(old)
            if old != host {
                label.slack = max(label.slack, slack(ofOpen: label))
                label.busiest = max(label.busiest, label.openBusy)
                label.unspent -= relaxation.prices[old] * relaxation.room[old]
                if let pool = tightPools.firstIndex(of: problem.sites[old].pool) {
                    label.extra[pool] += openTotal(of: label)
                }
            }
        }
        label.open = site
        label.openBusy = 0
        label.openBytes = 0
        label.openWorkspace = 0
        guard site != host else { return }
        label.openWorkspace = baseWorkspace[site]
        if !isPinned[site] {
            if let pool = tightPools.firstIndex(of: problem.sites[site].pool) {
                label.extra[pool] += problem.sites[site].overhead
            }
            if host >= 0, let pool = tightPools.firstIndex(of: problem.sites[host].pool) {
                label.extra[pool] += problem.sites[site].staging
            }
        }
    }

    /// Bytes that the open run adds to what its site has anyhow.
    private func openTotal(of label: SearchLabel) -> Int {
        label.openBytes + label.openWorkspace - baseWorkspace[label.open]
    }

    private func addBusy(_ time: Int, on site: Int, in label: inout SearchLabel) {
        if tracksBusy {
            label.extra[tightPools.count + site] += time
            label.busiest = max(label.busiest, label.extra[tightPools.count + site])
        } else if site == host {
            label.hostBusy += time
        } else {
            label.openBusy += time
        }
    }

    /// - Returns: whether the site has the room.
    private func addBytes(of unit: Int, on site: Int, in label: inout SearchLabel) -> Bool {
        let cost = costs[unit * problem.sites.count + site]
        var bytes = cost.bytes
        for tie in problem.ties where tie.second == unit && label.table == site {
            bytes -= tie.bytes[site]
        }
        if site == host {
            label.usesHost = true
            label.hostBytes += bytes
            label.hostWorkspace = max(label.hostWorkspace, cost.workspace)
            return label.hostBytes + label.hostWorkspace <= problem.sites[host].room
        }
        label.openBytes += bytes
        label.openWorkspace = max(label.openWorkspace, cost.workspace)
        return label.openBytes + label.openWorkspace <= roomForRun[site]
    }

    private func settleTies(_ unit: Int, on site: Int, in label: inout SearchLabel) {
        for tie in problem.ties {
            if tie.first == unit { label.table = site }
            if tie.second == unit { label.table = -1 }
        }
    }

    /// Whether no pool has run short.
    private func fits(_ label: SearchLabel) -> Bool {
        for (position, pool) in tightPools.enumerated() {
            var total = label.extra[position]
            if label.open >= 0, label.open != host, problem.sites[label.open].pool == pool {
                total += openTotal(of: label)
            }
            if label.usesHost, problem.sites[host].pool == pool {
                total += label.hostBytes + label.hostWorkspace + problem.sites[host].overhead
            }
            if total > problem.poolLimits[pool] { return false }
        }
        return true
    }

    /// Room left for a layer on the site of the open run.
    private func slack(ofOpen label: SearchLabel) -> Int {
        guard label.open >= 0, label.open != host else { return .min }
        let workspace = max(label.openWorkspace, layerWorkspace[label.open])
        return roomForRun[label.open] - label.openBytes - workspace
    }

    private func bound(of label: SearchLabel, after unit: Int) -> Int {
        let plain =
            label.time + restFastest[unit + 1] + (problem.chunks - 1)
            * max(label.busiest, label.openBusy, label.hostBusy)
        var relaxed = Double(label.time) + label.weighted + restRelaxed[unit + 1] - label.unspent
        if label.open >= 0, label.open != host {
            relaxed += relaxation.prices[label.open] * Double(label.openBytes)
        }
        if host >= 0 {
            let free = label.hostBytes - hostBase
            relaxed += relaxation.prices[host] * Double(max(0, free))
        }
        return max(plain, Relaxation.roundedDown(relaxed))
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
