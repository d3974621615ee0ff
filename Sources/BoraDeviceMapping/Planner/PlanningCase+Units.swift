extension PlanningCase {
    /// What travels together.
    ///
    /// - Parameter byParts: every part for itself.
    func units(byParts: Bool) -> [PlacementProblem.Unit] {
        var units: [PlacementProblem.Unit] = []
        var started = Set<Int>()
        for (index, part) in candidates.parts.enumerated() {
            let costs = candidates.partCosts.map { $0[index] }
            let freedom = freedom(of: part, &started)
            if !byParts, let last = units.last, last.parts[0].layer == part.layer,
                part.layer != nil, freedom.continues(last.freedom)
            {
                units[units.count - 1] = last.with(part, costs)
            } else {
                units.append(.init(parts: [part], freedom: freedom, costs: costs))
            }
        }
        return units
    }

    private func freedom(
        of part: Part, _ started: inout Set<Int>
    ) -> PlacementProblem.Unit.Freedom {
        if let pin = pins[part] { return .pinned(pin) }
        guard let layer = part.layer else { return .fixed }
        if part.role == .experts, started.contains(layer) { return .experts }
        return started.insert(layer).inserted ? .layer : .rest
    }

    /// Tensors of one name in two units.
    func ties(of units: [PlacementProblem.Unit]) -> [PlacementProblem.Tie] {
        guard !costs.contents.sharedTensors.isEmpty else { return [] }
        let unitOfPart = units.enumerated().reduce(into: [Part: Int]()) { table, entry in
            for part in entry.element.parts { table[part] = entry.offset }
        }
        var shared: [[Int]: [Footprint.Tensor]] = [:]
        for entry in costs.contents.sharedTensors {
            var seen: [Int] = []
            for unit in entry.parts.compactMap({ unitOfPart[$0] }) where !seen.contains(unit) {
                seen.append(unit)
                if unit != seen[0] { shared[[seen[0], unit], default: []].append(entry.tensor) }
            }
        }
        return shared.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { pair in
            PlacementProblem.Tie(
                first: pair[0], second: pair[1],
                bytes: candidates.devices.map { device in
                    (shared[pair] ?? []).reduce(0) { $0 + ($1.stored[device.id.kind] ?? 0) }
                })
        }
    }
}

extension PlacementProblem.Unit.Freedom {
    /// Whether a part of this freedom travels with a unit of the other.
    fileprivate func continues(_ other: Self) -> Bool {
        switch (other, self) {
        case (.pinned(let one), .pinned(let two)): one == two
        case (.layer, .rest), (.rest, .rest): true
        default: false
        }
    }
}

extension PlacementProblem.Unit {
    fileprivate func with(_ part: Part, _ more: [CostModel.Cost]) -> Self {
        let sums = zip(costs, more).map { one, two in
            CostModel.Cost(
                bytes: one.bytes + two.bytes, workspace: max(one.workspace, two.workspace),
                step: one.step + two.step, chunk: one.chunk + two.chunk)
        }
        return Self(parts: parts + [part], freedom: freedom, costs: sums)
    }
}
