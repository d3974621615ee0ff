/// Makes longer labels out of labels, one unit at a time, and drops those that cannot be the best.
struct LabelGrower {
    private let problem: PlacementProblem
    private let relaxation: Relaxation
    private let rules: PlacementSearch.Rules
    private let tables: SearchTables
    private let limit: Int
    private let aim: PlacementSearch.Aim
    private var rows: SearchRows
    private let gpus: [Int]
    /// Sites on which a map below the limit can have a layer.
    private let sitesOfLayers: [Int]
    private let waiting: Int
    /// What labels are compared by.
    let comparison: LabelSet.Comparison

    /// - Parameter limit: work that a map has to stay below, in picoseconds.
    init(_ search: PlacementSearch, below limit: Int, aim: PlacementSearch.Aim) {
        problem = search.problem
        relaxation = search.relaxation
        rules = search.rules
        let tables = search.tables
        self.tables = tables
        self.limit = limit
        self.aim = aim
        let pools = search.tables.tightPools
        let totals = pools.map { search.problem.pinnedTotal(ofPool: $0) }
        rows = SearchRows(
            totals + (tables.hasPins ? Array(repeating: 0, count: tables.sites) : []))
        waiting = problem.chunks - 1
        let units = problem.units
        gpus = problem.sites.indices.filter { $0 != tables.host }
        sitesOfLayers = problem.sites.indices.filter { site in
            units.indices.contains {
                units[$0].freedom == .layer && tables.costs[$0 * tables.sites + site].bound < limit
            }
        }
        var comparison = LabelSet.Comparison(pools: pools.count)
        if aim == .time { comparison.waiting = waiting }
        if rules.putsGPUsFirst, sitesOfLayers.contains(tables.host) {
            comparison.comparesEqualRuns = true
            comparison.comparesEqualFills = !pools.isEmpty
        }
        self.comparison = comparison
    }

    /// Nothing placed yet.
    var start: SearchLabel {
        var label = SearchLabel()
        if tables.host >= 0 {
            label.hostBytes = tables.pinnedBytes[tables.host]
            label.hostWorkspace = tables.pinnedWorkspace[tables.host]
            label.usesHost = tables.isPinned[tables.host]
        }
        for site in 0..<tables.sites {
            label.unspentRoom += relaxation.room[site]
            label.unspentPrice += relaxation.prices[site] * relaxation.room[site]
        }
        return label
    }

    /// Adds every way to place `unit` after a label.
    mutating func extend(_ label: SearchLabel, by unit: Int, into next: inout LabelSet) {
        let host = tables.host
        let open = Int(label.open)
        switch problem.units[unit].freedom {
        case .pinned(let site):
            place(unit, on: site, after: label, into: &next)
        case .rest:
            if open >= 0 { place(unit, on: open, after: label, into: &next) }
        case .experts:
            if open >= 0 { place(unit, on: open, after: label, into: &next) }
            if host >= 0, open != host { place(unit, on: host, after: label, into: &next) }
        case .fixed:
            if open >= 0 { place(unit, on: open, after: label, into: &next) }
            // A fixed part on the CPU leaves its run to the layers.
            if host >= 0, open != host, !rules.keepsFixedOnGPUs {
                place(unit, on: host, after: label, into: &next)
            }
            openRuns(with: unit, on: gpus, after: label, into: &next)
        case .layer:
            if open >= 0 { place(unit, on: open, after: label, into: &next) }
            openRuns(with: unit, on: sitesOfLayers, after: label, into: &next)
        }
    }

    /// Begins a run on each of `sites` that has had none; of those that can be exchanged, on one.
    private mutating func openRuns(
        with unit: Int, on sites: [Int], after label: SearchLabel, into next: inout LabelSet
    ) {
        var offered: UInt128 = 0
        for site in sites {
            let twin: UInt128 = 1 << UInt128(problem.sites[site].twin)
            let isTaken = label.closed & 1 << UInt128(site) != 0 || site == label.open
            guard !isTaken, offered & twin == 0 else { continue }
            offered |= twin
            place(unit, on: site, after: label, opening: true, into: &next)
        }
    }

    /// Adds a label with one unit more, unless that does not fit or cannot be the best.
    private mutating func place(
        _ unit: Int, on site: Int, after label: SearchLabel, opening: Bool = false,
        into set: inout LabelSet
    ) {
        let cost = tables.costs[unit * tables.sites + site]
        guard cost.bound < limit else { return }
        var next = label
        if opening { open(site, in: &next) }
        var busy = cost.chunk
        next.time += cost.time
        if label.at != site {
            next.time += tables.entries[(Int(label.at) + 1) * tables.sites + site]
            busy += problem.sites[site].segment
        }
        next.at = Int16(site)
        next.weighted += relaxation.weights[site] * Double(busy)
        addBusy(busy, on: site, in: &next)
        let freedom = problem.units[unit].freedom
        if !problem.units[unit].isPinned {
            guard addBytes(of: unit, on: site, in: &next) else { return }
            if site == tables.host, freedom == .layer {
                next.smallestOnHost = min(next.smallestOnHost, tables.layerBytes[unit])
            }
        }
        settleTies(unit, on: site, in: &next)
        guard fits(next) else { return }
        guard isAllowed(next, slack: next.slack) else { return }
        guard rank(&next, after: unit) else { return }
        set.insert(next, rows)
    }

    /// Ends the run that is open and begins one on `site`.
    private mutating func open(_ site: Int, in label: inout SearchLabel) {
        let host = tables.host
        let old = Int(label.open)
        if old >= 0 {
            label.closed |= 1 << UInt128(old)
            let run = UInt64(truncatingIfNeeded: openTotal(of: label) << 7 | old)
            label.fill &+= (run ^ run >> 29) &* 0x9E37_79B9_7F4A_7C15
            if old != host {
                label.slack = max(label.slack, slack(ofOpen: label))
                label.busiest = max(label.busiest, label.openBusy)
                label.unspentRoom -= relaxation.room[old]
                label.unspentPrice -= relaxation.prices[old] * relaxation.room[old]
                if tables.tightPool[old] >= 0 {
                    rows.add(openTotal(of: label), to: tables.tightPool[old], of: &label)
                }
            }
        }
        label.open = Int16(site)
        label.openBusy = 0
        label.openBytes = 0
        label.openWorkspace = 0
        guard site != host else { return }
        label.openWorkspace = tables.pinnedWorkspace[site]
        guard !tables.isPinned[site] else { return }
        if tables.tightPool[site] >= 0 {
            rows.add(problem.sites[site].overhead, to: tables.tightPool[site], of: &label)
        }
        if host >= 0, tables.tightPool[host] >= 0 {
            rows.add(problem.sites[site].staging, to: tables.tightPool[host], of: &label)
        }
    }

    /// Bytes that the open run adds to what its site has anyhow.
    private func openTotal(of label: SearchLabel) -> Int {
        label.openBytes + label.openWorkspace - tables.pinnedWorkspace[Int(label.open)]
    }

    private mutating func addBusy(_ time: Int, on site: Int, in label: inout SearchLabel) {
        if tables.hasPins {
            let index = tables.tightPools.count + site
            rows.add(time, to: index, of: &label)
            label.busiest = max(label.busiest, rows[label.row, index])
        } else if site == tables.host {
            label.hostBusy += time
        } else {
            label.openBusy += time
        }
    }

    /// - Returns: whether the site has the room.
    private func addBytes(of unit: Int, on site: Int, in label: inout SearchLabel) -> Bool {
        let cost = tables.costs[unit * tables.sites + site]
        var bytes = cost.bytes
        if Int(label.table) == site {
            for tie in problem.ties where tie.second == unit { bytes -= tie.bytes[site] }
        }
        if site == tables.host {
            label.usesHost = true
            label.hostBytes += bytes
            label.hostWorkspace = max(label.hostWorkspace, cost.workspace)
            return label.hostBytes + label.hostWorkspace <= problem.sites[site].room
        }
        label.openBytes += bytes
        label.openWorkspace = max(label.openWorkspace, cost.workspace)
        return label.openBytes + label.openWorkspace <= tables.room[site]
    }

    private func settleTies(_ unit: Int, on site: Int, in label: inout SearchLabel) {
        for tie in problem.ties {
            if tie.first == unit { label.table = Int16(site) }
            if tie.second == unit { label.table = -1 }
        }
    }

    /// Whether no pool has run short.
    private func fits(_ label: SearchLabel) -> Bool {
        let open = Int(label.open)
        for (position, pool) in tables.tightPools.enumerated() {
            var total = rows[label.row, position]
            if open >= 0, open != tables.host, problem.sites[open].pool == pool {
                total += openTotal(of: label)
            }
            if label.usesHost, problem.sites[tables.host].pool == pool {
                total +=
                    label.hostBytes + label.hostWorkspace + problem.sites[tables.host].overhead
            }
            if total > problem.poolLimits[pool] { return false }
        }
        return true
    }

    /// Room left for a layer on the site of the open run.
    private func slack(ofOpen label: SearchLabel) -> Int {
        let site = Int(label.open)
        guard site >= 0, site != tables.host else { return .min }
        let workspace = max(label.openWorkspace, tables.layerWorkspace[site])
        return tables.room[site] - label.openBytes - workspace
    }

    /// Sets the rank of a label.
    ///
    /// - Returns: whether a map can begin like this that is below the limit.
    private func rank(_ label: inout SearchLabel, after unit: Int) -> Bool {
        var price = label.unspentPrice
        var room = label.unspentRoom
        let open = Int(label.open)
        if open >= 0, open != tables.host {
            price -= relaxation.prices[open] * Double(label.openBytes)
            room -= Double(label.openBytes)
        }
        if tables.host >= 0 {
            let taken = Double(label.hostBytes - tables.pinnedBytes[tables.host])
            price -= relaxation.prices[tables.host] * taken
            room -= taken
        }
        guard tables.restBytes[unit + 1] <= room else { return false }
        if aim == .room {
            label.rank = -Int(room)
            return true
        }
        let plain =
            label.time + tables.restFastest[unit + 1]
            + waiting * max(label.busiest, label.openBusy, label.hostBusy)
        let relaxed =
            Double(label.time) + label.weighted + tables.restRelaxed[unit + 1] - price
        label.rank = max(plain, Relaxation.roundedDown(relaxed))
        return label.rank < limit
    }
}

extension LabelGrower {
    /// Whether a finished label may be the answer.
    func isAllowed(_ label: SearchLabel) -> Bool {
        let used = label.open < 0 ? label.closed : label.closed | 1 << UInt128(label.open)
        if rules.usesNamed {
            let missing = (0..<tables.sites).contains { site in
                let bit: UInt128 = 1 << UInt128(site)
                return tables.named & bit != 0 && used & bit == 0 && !tables.isPinned[site]
            }
            if missing { return false }
        }
        return isAllowed(label, slack: max(label.slack, slack(ofOpen: label)))
    }

    /// Whether the rule about layers on the CPU may hold, with so much room on a GPU. Where pools
    /// can run short, it is seen only when the map is complete.
    private func isAllowed(_ label: SearchLabel, slack: Int) -> Bool {
        !rules.putsGPUsFirst || !tables.tightPools.isEmpty || slack < label.smallestOnHost
    }

    /// Time of the whole work of a finished label.
    func work(of label: SearchLabel) -> Int {
        label.time + waiting * max(label.busiest, label.openBusy, label.hostBusy)
    }
}
