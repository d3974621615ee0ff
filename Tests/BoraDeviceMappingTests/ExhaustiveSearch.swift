import BoraDeviceMapping

/// Tries every assignment of units to sites, and says what the best are. It shares the evaluator
/// with the planner, and nothing else.
struct ExhaustiveSearch {
    /// Least work, in picoseconds; nil where nothing fits.
    private(set) var anywhere: Int?
    /// Of the maps that the specification allows.
    private(set) var allowed: Int?
    private(set) var count = 0

    /// - Parameters:
    ///   - whole: the problem if everything is on one GPU; nil where it must not be.
    ///   - isManual: whether the layers are on the devices that the user said.
    init(
        _ problem: PlacementProblem, whole: (Int) -> PlacementProblem?, isManual: Bool = false
    ) {
        let sites = problem.sites.count
        let free = problem.units.indices.filter { !problem.units[$0].isPinned }
        var assignment = problem.units.map { unit in
            if case .pinned(let site) = unit.freedom { site } else { 0 }
        }
        // The least work by how much of the rules is kept: all, not the CPU's, neither.
        var kept: [Int?] = [nil, nil, nil]
        func lower(_ best: inout Int?, _ work: Int) { best = min(best ?? .max, work) }
        while true {
            count += 1
            let outcome = problem.evaluate(assignment)
            if outcome.fits {
                lower(&anywhere, outcome.work)
                if Self.isContiguous(assignment, problem) {
                    let usesNamed = problem.sites.indices.allSatisfy {
                        !problem.sites[$0].isNamed || outcome.isUsed[$0]
                    }
                    let isFirst =
                        isManual
                        ? !problem.units.indices.contains {
                            problem.units[$0].freedom == .fixed && assignment[$0] == problem.host
                        } : usesNamed && Self.putsGPUsFirst(assignment, outcome, problem)
                    if isFirst { lower(&kept[0], outcome.work) }
                    if usesNamed, !isManual { lower(&kept[1], outcome.work) }
                    lower(&kept[2], outcome.work)
                }
            }
            guard let position = free.lastIndex(where: { assignment[$0] < sites - 1 }) else {
                break
            }
            assignment[free[position]] += 1
            for later in free[(position + 1)...] { assignment[later] = 0 }
        }
        let one = problem.sites.indices.compactMap { site -> Int? in
            guard problem.sites[site].device.kind == .gpu, let whole = whole(site) else {
                return nil
            }
            let outcome = whole.evaluate(problem.units.map { _ in site })
            return outcome.fits ? outcome.work : nil
        }.min()
        if let one { lower(&anywhere, one) }
        allowed = one ?? kept[0] ?? kept[1] ?? kept[2]
    }

    /// Whether every GPU has one run of consecutive units, and the CPU one run of layers; experts
    /// may be on the CPU in the middle of a run. What is pinned is no part of one and breaks none.
    static func isContiguous(_ assignment: [Int], _ problem: PlacementProblem) -> Bool {
        let units = problem.units
        for site in problem.sites.indices {
            let isHost = site == problem.host
            let own = units.indices.filter {
                assignment[$0] == site && !units[$0].isPinned
                    && (!isHost || units[$0].freedom == .layer)
            }
            guard let first = own.first, let last = own.last else { continue }
            for unit in first...last where assignment[unit] != site && !units[unit].isPinned {
                guard units[unit].freedom == .experts, assignment[unit] == problem.host else {
                    return false
                }
            }
        }
        // Experts are with their layer or on the CPU.
        return units.indices.allSatisfy { unit in
            units[unit].freedom != .experts || assignment[unit] == assignment[unit - 1]
                || assignment[unit] == problem.host
        }
    }

    private static func putsGPUsFirst(
        _ assignment: [Int], _ outcome: PlacementProblem.Outcome, _ problem: PlacementProblem
    ) -> Bool {
        guard let host = problem.host else { return true }
        let layers = problem.units.filter { $0.freedom == .layer }
        let totals = problem.poolTotals(outcome)
        for gpu in problem.sites.indices where gpu != host && outcome.isUsed[gpu] {
            let most = layers.map { $0.costs[gpu].workspace }.max() ?? 0
            let workspace = max(outcome.workspace[gpu], most)
            let left = problem.sites[gpu].room - outcome.bytes[gpu] - workspace
            let pool = problem.sites[gpu].pool
            let leftInPool =
                problem.poolLimits[pool] - totals[pool] - (workspace - outcome.workspace[gpu])
            let isShared = pool == problem.sites[host].pool
            for (unit, site) in zip(problem.units, assignment)
            where unit.freedom == .layer && site == host {
                let bytes = unit.costs[gpu].bytes
                let given = isShared ? unit.costs[host].bytes : 0
                if bytes <= left, bytes - given <= leftInPool { return false }
            }
        }
        return true
    }
}
