import BoraDeviceMapping

/// Tries every assignment of units to sites, and says what the best are. It shares the evaluator
/// with the planner, and nothing else.
struct ExhaustiveSearch {
    /// Least work, in picoseconds; nil where nothing fits.
    private(set) var anywhere: Int?
    /// Of the maps that the specification allows.
    private(set) var allowed: Int?
    private(set) var count = 0

    init(_ problem: PlacementProblem) {
        let sites = problem.sites.count
        var assignment = Array(repeating: 0, count: problem.units.count)
        var whole: Int?
        // The least work by how much of the rules is kept: all, not the CPU's, neither.
        var kept: [Int?] = [nil, nil, nil]
        func lower(_ best: inout Int?, _ work: Int) { best = min(best ?? .max, work) }
        while true {
            count += 1
            let outcome = problem.evaluate(assignment)
            if outcome.fits {
                lower(&anywhere, outcome.work)
                let used = Set(assignment)
                if used.count == 1, problem.sites[assignment[0]].device.kind == .gpu {
                    lower(&whole, outcome.work)
                }
                if Self.isContiguous(assignment, problem) {
                    let usesNamed = problem.sites.indices.allSatisfy {
                        !problem.sites[$0].isNamed || used.contains($0)
                    }
                    if usesNamed, Self.putsGPUsFirst(assignment, outcome, problem) {
                        lower(&kept[0], outcome.work)
                    }
                    if usesNamed { lower(&kept[1], outcome.work) }
                    lower(&kept[2], outcome.work)
                }
            }
            guard let position = assignment.lastIndex(where: { $0 < sites - 1 }) else { break }
            assignment[position] += 1
            for later in position + 1..<assignment.endIndex { assignment[later] = 0 }
        }
        allowed = whole ?? kept[0] ?? kept[1] ?? kept[2]
    }

    /// Whether every GPU has one run of consecutive units, and the CPU one run of layers; experts
    /// may be on the CPU in the middle of a run.
    static func isContiguous(_ assignment: [Int], _ problem: PlacementProblem) -> Bool {
        let units = problem.units
        for site in problem.sites.indices {
            let isHost = site == problem.host
            let own = units.indices.filter {
                assignment[$0] == site && (!isHost || units[$0].freedom == .layer)
            }
            guard let first = own.first, let last = own.last else { continue }
            for unit in first...last where assignment[unit] != site {
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
        let layers = problem.units.filter { $0.freedom == .layer }
        for gpu in Set(assignment) where gpu != problem.host {
            let most = layers.map { $0.costs[gpu].workspace }.max() ?? 0
            let left =
                problem.sites[gpu].room - outcome.bytes[gpu]
                - max(outcome.workspace[gpu], most)
            for (unit, site) in zip(problem.units, assignment)
            where unit.freedom == .layer && site == problem.host
                && unit.costs[gpu].bytes <= left
            {
                return false
            }
        }
        return true
    }
}
