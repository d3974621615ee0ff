import BoraCore

/// Why a map is as it is, and what the user should know of his own wishes: a sentence each.
struct Explanation {
    private let planned: PlanningCase
    private let solution: PlanningCase.Solution
    private let places: [Part: DeviceID]
    private let fastest: Int?

    init(
        _ planned: PlanningCase, _ solution: PlanningCase.Solution, _ places: [Part: DeviceID]
    ) {
        self.planned = planned
        self.solution = solution
        self.places = places
        fastest = planned.candidates.byTime(solution.problem).first
    }

    private var problem: PlacementProblem { solution.problem }
    private var outcome: PlacementProblem.Outcome { solution.found.outcome }

    /// Of devices that could be used and are not, then of parts that are not on the fastest one;
    /// and what to think of the times.
    var reasons: [String] {
        let unused = problem.sites.indices.filter {
            !outcome.isUsed[$0] && problem.sites[$0].device.kind == .gpu
        }
        return unused.map { reason(ofUnused: $0) } + slowerRuns.map { reason(of: $0) } + doubts
    }

    /// Of speeds that were measured while other programs were at work, and of work of days.
    private var doubts: [String] {
        let disturbed = planned.inventory.devices.filter { $0.speed?.isDisturbed ?? false }
        let doubt =
            "The speed of \(disturbed.map(\.id).list) was measured while other programs kept the "
            + "processor busy, so times are probably too long: bora devices --measure measures "
            + "again."
        let cut =
            "On some device the expected work takes days, and its times are cut off: --expect says "
            + "what to predict instead."
        return (disturbed.isEmpty ? [] : [doubt])
            + (planned.costs.isTimed && problem.isCut ? [cut] : [])
    }

    private func reason(ofUnused site: Int) -> String {
        let device = problem.sites[site].device
        let used = problem.sites.indices.filter { outcome.isUsed[$0] }
        let smallest = problem.units.map { $0.costs[site].bytes + $0.costs[site].workspace }.min()
        if used.count == 1, problem.sites[used[0]].device.kind == .gpu {
            return "\(device) is left out: everything fits on \(problem.sites[used[0]].device)."
        }
        if let smallest, smallest > problem.sites[site].room {
            return "\(device) is left out: nothing fits in its "
                + "\(ByteCount(max(0, problem.sites[site].room)))."
        }
        return "\(device) is left out: with it the expected work is predicted to take no less time"
            + (solution.isExact ? "." : ", by any map that was found.")
    }

    /// Consecutive units on one device that is not the fastest.
    private struct Run {
        let units: Range<Int>
        let site: Int
    }

    private var slowerRuns: [Run] {
        var runs: [Run] = []
        for (unit, site) in solution.found.assignment.enumerated() where site != fastest {
            if let last = runs.last, last.site == site, last.units.upperBound == unit {
                runs[runs.count - 1] = Run(units: last.units.lowerBound..<unit + 1, site: site)
            } else {
                runs.append(Run(units: unit..<unit + 1, site: site))
            }
        }
        return runs
    }

    private func reason(of run: Run) -> String {
        let device = problem.sites[run.site].device
        guard let fastest else { return "" }
        let subject = "\(name(of: run)) on \(device)"
        let pinned = run.units.count { problem.units[$0].isPinned }
        // The fixed parts follow the layers of a manual map.
        if pinned > 0, planned.policy.deviceLayers != nil {
            return "\(subject), as the manual map says."
        }
        if pinned == run.units.count { return "\(subject), as asked for." }
        if problem.sites[fastest].device.kind == .cpu {
            return "\(subject), though the CPU is predicted to be faster: GPUs that were named go "
                + "first."
        }
        let need = run.units.map { problem.units[$0].costs[fastest].bytes }.min() ?? 0
        let free =
            problem.sites[fastest].room - outcome.bytes[fastest]
            - outcome.workspace[fastest]
        let other = problem.sites[fastest].device
        if need > free {
            return "\(subject): \(other), the fastest, has \(ByteCount(max(0, free))) left, and "
                + "the smallest of it takes \(ByteCount(need))."
        }
        return "\(subject): moving it to \(other), the fastest for all of it, is predicted to gain "
            + "nothing."
    }

    /// `The embedding, layers 0-31 and the head are`
    private func name(of run: Run) -> String {
        let parts = run.units.flatMap { problem.units[$0].parts }
        let layers = parts.compactMap(\.layer)
        var names: [String] = []
        if parts.contains(.embedding) { names.append("the embedding") }
        if let first = layers.first, let last = layers.last {
            let roles = Set(parts.lazy.filter { $0.layer != nil }.map(\.role))
            let what = roles == [.experts] ? "the experts of " : ""
            names.append(
                what + (first == last ? "layer \(first)" : "layers \(first)-\(last)"))
        }
        if parts.contains(.head) { names.append("the head") }
        let text = names.list
        let isOne =
            names.count == 1 && (layers.isEmpty || Set(layers).count == 1)
            && !text.hasPrefix("the experts")
        return text.prefix(1).uppercased() + text.dropFirst() + (isOne ? " is" : " are")
    }

    func warnings(_ asked: MappingPolicy) -> [String] {
        var warnings: [String] = []
        let layers = planned.costs.footprint.layers
        if let manual = asked.deviceLayers {
            let excess = manual.excess(over: layers)
            if excess > 0 {
                warnings.append(
                    "The model has \(layers) repeating layers; the \(excess) more that the manual "
                        + "map asks for are dropped.")
            }
            let usesGPU = places.values.contains { $0.kind == .gpu }
            let onCPU = problem.units.indices.filter { unit in
                problem.units[unit].freedom == .fixed
                    && problem.sites[solution.found.assignment[unit]].device.kind == .cpu
            }
            if usesGPU, !onCPU.isEmpty {
                let names = onCPU.flatMap { problem.units[$0].parts }
                    .map { "the \($0.role.rawValue)" }.list
                warnings.append(
                    "There is no room for \(names) on the devices of the manual map; the CPU has "
                        + "what did not fit.")
            }
        } else if !solution.keepsRule {
            warnings.append(
                "Layers are on the CPU although a GPU has room for one: no map of consecutive "
                    + "layers leaves less.")
        }
        return warnings
    }
}
