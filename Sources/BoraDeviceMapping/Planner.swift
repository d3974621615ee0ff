import BoraCore

/// Decides where every part of a model goes: `(Footprint, Inventory, MappingPolicy) → DeviceMap`.
/// Pure and deterministic; it touches no device. docs/PLANNER.md derives what it does.
package struct Planner: Sendable {
    package let footprint: Footprint
    package let inventory: Inventory
    package let policy: MappingPolicy

    package init(footprint: Footprint, inventory: Inventory, policy: MappingPolicy) {
        self.footprint = footprint
        self.inventory = inventory
        self.policy = policy
    }

    /// The map.
    ///
    /// - Throws: `PinError` for a pin that means nothing here; `MappingError` with the bill of
    ///   each device when the model does not fit.
    package func plan() throws -> DeviceMap {
        try policy.pins.check(against: footprint, devices: inventory.devices.map(\.id))
        let cases = cases
        guard let first = cases.first, !first.candidates.devices.isEmpty else {
            throw MappingError(code: .noDevice, bills: [], savings: [])
        }
        for device in Set(first.candidates.pins.values) where inventory[device] == nil {
            throw MappingError(code: .missingDevice(device), bills: [], savings: [])
        }
        let problems = cases.map { Problem($0) }
        guard let best = fastest(of: problems) else {
            throw MappingError(
                code: .doesNotFit, bills: MapBuilder(first).overfullBills(),
                savings: Remedies(self).savings())
        }
        let bound = problems.map { $0.planned.bound(near: $0.relaxation) }.min() ?? 0
        return MapBuilder(best.planned).map(of: best.solution, bound: bound, asked: policy)
    }

    /// Whether there is a map.
    func fits() -> Bool { fastest(of: cases.map { Problem($0) }) != nil }

    /// One for each size of prompt chunks that may be chosen.
    private var cases: [PlanningCase] {
        policy.chunkChoices.map { chunk in
            var policy = policy
            policy.chunkTokens = chunk
            return PlanningCase(footprint, inventory, policy)
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

    /// The best map of all cases; of equals, the one with the largest chunk. The most promising
    /// case goes first, so that others need not be solved when they cannot be better.
    private func fastest(
        of problems: [Problem]
    ) -> (planned: PlanningCase, solution: PlanningCase.Solution)? {
        var best: (index: Int, solution: PlanningCase.Solution)?
        for index in problems.indices.sorted(by: {
            (problems[$0].bound, $0) < (problems[$1].bound, $1)
        }) {
            let problem = problems[index]
            if let best, problem.bound > best.solution.found.outcome.work { continue }
            guard let solution = problem.planned.solve(problem.split, problem.relaxation) else {
                continue
            }
            let work = solution.found.outcome.work
            if let best, (best.solution.found.outcome.work, best.index) < (work, index) { continue }
            best = (index, solution)
        }
        return best.map { (problems[$0.index].planned, $0.solution) }
    }
}
