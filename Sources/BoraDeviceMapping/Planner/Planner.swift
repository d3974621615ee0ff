import BoraCore

/// Decides where every part of a model goes: `(Footprint, Inventory, MappingPolicy) → DeviceMap`.
/// Pure and deterministic; it touches no device. docs/PLANNER.md derives what it does.
package struct Planner: Sendable {
    package let footprint: Footprint
    package let inventory: Inventory
    package let policy: MappingPolicy
    private let resized: @Sendable (MappingPolicy) -> Footprint

    /// - Parameter resized: the footprint at other sizes, for what would make the model fit; nil
    ///   where only `footprint` is known.
    package init(
        footprint: Footprint, inventory: Inventory, policy: MappingPolicy,
        resized: (@Sendable (MappingPolicy) -> Footprint)? = nil
    ) {
        self.footprint = footprint
        self.inventory = inventory
        self.policy = policy
        self.resized = resized ?? { _ in footprint }
    }

    /// The planner of the same model at other sizes.
    func with(_ policy: MappingPolicy) -> Planner {
        Planner(
            footprint: resized(policy), inventory: inventory, policy: policy, resized: resized)
    }

    /// The planner of another footprint at the same sizes.
    func with(_ footprint: Footprint) -> Planner {
        Planner(footprint: footprint, inventory: inventory, policy: policy)
    }

    /// The map.
    ///
    /// - Throws: `PinError` for a pin that means nothing here; `MappingError` with the bill of
    ///   each device when the model does not fit.
    package func plan() throws -> DeviceMap {
        try policy.pins.check(against: footprint, devices: inventory.devices.map(\.id))
        let cases = cases
        guard let first = cases.first, !first.candidates.devices.isEmpty else {
            throw MappingError(.noDevice)
        }
        for device in Set(first.candidates.pins.values) where inventory[device] == nil {
            throw MappingError(.missingDevice(device))
        }
        let problems = cases.map { Problem($0) }
        guard let best = best(of: problems) else {
            let overfull = MapBuilder(first).overfull()
            throw MappingError(
                .doesNotFit, bills: overfull.bills, pools: overfull.pools,
                savings: Remedies(self).savings())
        }
        // Where images are seen may differ from what the bounds take for granted.
        let bound = problems.reduce(best.solution.found.outcome.work) {
            min($0, $1.planned.bound(near: $1.relaxation))
        }
        return MapBuilder(best.planned).map(of: best.solution, bound: bound, asked: policy)
    }

    /// Whether there is a map.
    func fits() -> Bool { best(of: cases.map { Problem($0) }) != nil }

    /// One for each size of prompt chunks that may be chosen.
    private var cases: [PlanningCase] {
        let contents = ModelContents(footprint)
        return policy.chunkChoices.map { chunk in
            var policy = policy
            policy.chunkTokens = chunk
            return PlanningCase(contents, inventory, policy)
        }
    }

    /// A case in numbers, with the bound that its search goes by.
    private struct Problem {
        let planned: PlanningCase
        let split: PlacementProblem
        let relaxation: Relaxation
        let bound: Int

        init(_ planned: PlanningCase) {
            self.planned = planned
            split = planned.splitProblem()
            relaxation = Relaxation(split)
            bound = relaxation.bound
        }
    }

    private typealias Answer = (planned: PlanningCase, solution: PlanningCase.Solution)

    /// The best map of all cases: whole on one device, else by the rules that all can be kept of.
    private func best(of problems: [Problem]) -> Answer? {
        var whole: Answer?
        for problem in problems {
            guard let solution = problem.planned.wholeOnOneDevice(problem.split) else { continue }
            if let whole, whole.solution.found.outcome.work <= solution.found.outcome.work {
                continue
            }
            whole = (problem.planned, solution)
        }
        if let whole { return whole }
        for rules in problems.first?.planned.rules ?? [] {
            if let best = fastest(of: problems, rules) { return best }
        }
        for problem in problems {
            if let solution = problem.planned.solveForRoom(problem.split, problem.relaxation) {
                return (problem.planned, solution)
            }
        }
        return nil
    }

    /// The fastest map that keeps rules; of equals, the one with the largest chunk. The most
    /// promising case goes first, so that others need not go far where they cannot be better.
    private func fastest(of problems: [Problem], _ rules: PlacementSearch.Rules) -> Answer? {
        var best: (index: Int, solution: PlanningCase.Solution)?
        var isExact = true
        for index in problems.indices.sorted(by: {
            (problems[$0].bound, $0) < (problems[$1].bound, $1)
        }) {
            let problem = problems[index]
            let limit = best.map { best in
                best.solution.found.outcome.work + (index < best.index ? 1 : 0)
            }
            guard problem.bound < limit ?? .max else { continue }
            let result = problem.planned.solve(
                problem.split, problem.relaxation, rules, below: limit ?? .max)
            isExact = isExact && result.isComplete
            if let solution = result.solution { best = (index, solution) }
        }
        guard var best else { return nil }
        best.solution.isExact = isExact
        return (problems[best.index].planned, best.solution)
    }
}
