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
    }

    /// What makes a label a good one.
    enum Aim {
        case time
        /// Little room taken: finds a map where few fit.
        case room
    }

    let problem: PlacementProblem
    let relaxation: Relaxation
    let rules: Rules
    let tables: SearchTables

    /// Label extensions of the thorough pass, about: what bounds its time.
    private static let effort = 40_000
    private static let narrowWidth = 8
    /// Labels kept for a unit where only room counts.
    private static let roomWidth = 2048

    init(_ problem: PlacementProblem, _ relaxation: Relaxation, rules: Rules) {
        self.problem = problem
        self.relaxation = relaxation
        self.rules = rules
        tables = SearchTables(problem, relaxation)
    }

    /// The fastest map; nil where there is none, or none was found.
    ///
    /// - Parameter limit: work that a map has to stay below, in picoseconds.
    func run(below limit: Int) -> (found: Found?, isComplete: Bool) {
        let narrow = pass(width: Self.narrowWidth, below: limit)
        guard !narrow.isComplete else { return narrow }
        let lower = narrow.found?.outcome.work ?? limit
        let width = max(32, Self.effort / max(1, problem.units.count * tables.kinds))
        let thorough = pass(width: width, below: lower)
        return (thorough.found ?? narrow.found, thorough.isComplete)
    }

    /// A map that fits, whatever its time, where rooms are so tight that `run` found none.
    func runForRoom() -> Found? {
        pass(width: Self.roomWidth, below: .max, aim: .room).found
    }

    /// One pass over the units that keeps the `width` best labels at each.
    private func pass(
        width: Int, below limit: Int, aim: Aim = .time
    ) -> (found: Found?, isComplete: Bool) {
        var grower = LabelGrower(self, below: limit, aim: aim)
        var traces: [(parent: Int32, site: Int16)] = []
        var labels = [grower.start]
        var isComplete = true
        var next = LabelSet(grower.comparison)
        for unit in problem.units.indices {
            next.removeAll()
            for label in labels { grower.extend(label, by: unit, into: &next) }
            labels = next.labels
            if labels.count > width {
                isComplete = false
                let order = labels.indices.map { (rank: labels[$0].rank, index: $0) }.sorted {
                    ($0.rank, $0.index) < ($1.rank, $1.index)
                }
                labels = order.prefix(width).map { labels[$0.index] }
            }
            for index in labels.indices {
                traces.append((labels[index].trace, labels[index].at))
                labels[index].trace = Int32(traces.count - 1)
            }
        }
        let finals = labels.filter { grower.isAllowed($0) }
            .map { (label: $0, work: grower.work(of: $0)) }.sorted { $0.work < $1.work }
        for final in finals where final.work < limit {
            let assignment = assignment(of: final.label, traces)
            let outcome = problem.evaluate(assignment)
            guard outcome.fits, outcome.work < limit,
                !rules.putsGPUsFirst || problem.putsGPUsFirst(assignment, outcome)
            else { continue }
            return (Found(assignment: assignment, outcome: outcome), isComplete)
        }
        return (nil, isComplete)
    }

    private func assignment(
        of label: SearchLabel, _ traces: [(parent: Int32, site: Int16)]
    ) -> [Int] {
        var sites: [Int] = []
        var trace = label.trace
        while trace >= 0 {
            sites.append(Int(traces[Int(trace)].site))
            trace = traces[Int(trace)].parent
        }
        return sites.reversed()
    }
}
