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
        let relaxations = cases.map(\.relaxation)
        guard let best = fastest(of: cases, relaxations) else {
            throw MappingError(
                code: .doesNotFit, bills: MapBuilder(first).overfullBills(),
                savings: Remedies(self).savings())
        }
        let bound = zip(cases, relaxations).map { $0.bound(near: $1) }.min() ?? 0
        return MapBuilder(best.planned).map(of: best.solution, bound: bound, asked: policy)
    }

    /// Whether there is a map.
    func fits() -> Bool {
        let cases = cases
        return fastest(of: cases, cases.map(\.relaxation)) != nil
    }

    /// One for each size of prompt chunks that may be chosen.
    private var cases: [PlanningCase] {
        policy.chunkChoices.map { chunk in
            var policy = policy
            policy.chunkTokens = chunk
            return PlanningCase(footprint, inventory, policy)
        }
    }

    /// Of equals, the one with the largest chunk.
    private func fastest(
        of cases: [PlanningCase], _ relaxations: [Relaxation]
    ) -> (planned: PlanningCase, solution: PlanningCase.Solution)? {
        var best: (planned: PlanningCase, solution: PlanningCase.Solution)?
        for (planned, relaxation) in zip(cases, relaxations) {
            // A case that cannot be better than what is known need not be solved.
            if let best, relaxation.bound >= best.solution.found.outcome.work { continue }
            guard let solution = planned.solve(relaxation) else { continue }
            if let best, best.solution.found.outcome.work <= solution.found.outcome.work {
                continue
            }
            best = (planned, solution)
        }
        return best
    }
}
