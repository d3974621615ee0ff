extension PlacementProblem {
    /// Whether something is on a site whatever the search does.
    func isPinned(_ site: Int) -> Bool {
        base[site] != CostModel.Cost() || units.contains { $0.freedom == .pinned(site) }
    }

    /// Bytes on a site whatever the search does.
    func pinnedBytes(on site: Int) -> Int {
        let bytes = units.reduce(base[site].bytes) { sum, unit in
            unit.freedom == .pinned(site) ? sum + unit.costs[site].bytes : sum
        }
        return ties.reduce(bytes) { sum, tie in
            [tie.first, tie.second].allSatisfy { units[$0].freedom == .pinned(site) }
                ? sum - tie.bytes[site] : sum
        }
    }

    /// Workspace that a site needs whatever the search does.
    func pinnedWorkspace(on site: Int) -> Int {
        units.reduce(base[site].workspace) { most, unit in
            unit.freedom == .pinned(site) ? max(most, unit.costs[site].workspace) : most
        }
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

    /// The sites that a unit may be on.
    func allowedSites(of unit: Int) -> [Int] {
        if case .pinned(let site) = units[unit].freedom { return [site] }
        return Array(sites.indices)
    }
}
