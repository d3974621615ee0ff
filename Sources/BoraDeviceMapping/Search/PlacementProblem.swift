/// The mapping problem in numbers: units of a model in the order of the forward pass, sites that
/// can take them, and what each unit takes on each site.
///
/// Times are picoseconds. The work is `chunks` chunks of prompts, pipelined through the sites, and
/// `steps` steps that generate one after another.
package struct PlacementProblem {
    /// A device as a place for units.
    package struct Site: Equatable {
        package let device: DeviceID
        /// Bytes for weights, KV and workspace: the budget less the overhead.
        package var room: Int
        /// Index into `poolLimits`.
        package let pool: Int
        /// Taken from the pool once anything is placed here.
        let overhead: Int
        /// Host memory taken once anything is placed here.
        let staging: Int
        /// Fixed cost of a segment, in picoseconds.
        let segment: Int
        /// Whether a plan over several devices has to use it.
        package let isNamed: Bool
        /// Sites of one number can be exchanged for one another.
        var twin = 0
    }

    /// What travels together.
    package struct Unit: Equatable {
        /// Where it may go, seen from the units before it.
        package enum Freedom: Equatable {
            /// The user said where.
            case pinned(Int)
            /// A fixed part: where the run is, at the start of another one, or on the CPU.
            case fixed
            /// A layer: where the run is, or at the start of another one.
            case layer
            /// The rest of a layer: where the run is.
            case rest
            /// The experts of a layer: where the run is, or on the CPU.
            case experts
        }

        package let parts: [Part]
        package let freedom: Freedom
        /// By site.
        package var costs: [CostModel.Cost]

        package var isPinned: Bool {
            if case .pinned = freedom { true } else { false }
        }
    }

    /// A tensor that two units share where both are on one site.
    struct Tie: Equatable {
        let first: Int
        let second: Int
        /// By site.
        let bytes: [Int]
    }

    package var sites: [Site]
    package var units: [Unit]
    var ties: [Tie]
    /// What is on each site whatever happens: vision, which no step runs.
    var base: [CostModel.Cost]
    /// Time to hand over the hidden states of a step and of a chunk: `from * sites.count + to`.
    var stepCrossing: [Int]
    var chunkCrossing: [Int]
    package var poolLimits: [Int]
    let steps: Int
    let chunks: Int

    /// The CPU's site, whose memory is the host's.
    package var host: Int? { sites.firstIndex { $0.device.kind == .cpu } }

    init(
        sites: [Site], units: [Unit], ties: [Tie], base: [CostModel.Cost], stepCrossing: [Int],
        chunkCrossing: [Int], poolLimits: [Int], steps: Int, chunks: Int
    ) {
        self.sites = sites
        self.units = units
        self.ties = ties
        self.base = base
        self.poolLimits = poolLimits
        self.steps = steps
        self.chunks = chunks
        // No sum of times overflows, whatever speeds were stated.
        let most = (Int.max >> 6) / (units.count + sites.count + 1) / max(steps, chunks, 1)
        self.stepCrossing = stepCrossing.map { min($0, most) }
        self.chunkCrossing = chunkCrossing.map { min($0, most) }
        for unit in units.indices {
            for site in sites.indices {
                self.units[unit].costs[site].step = min(units[unit].costs[site].step, most)
                self.units[unit].costs[site].chunk = min(units[unit].costs[site].chunk, most)
            }
        }
        setTwins()
    }

    /// What the work's sum grows by for a unit on a site.
    func time(of unit: Int, on site: Int) -> Int {
        let cost = units[unit].costs[site]
        return steps * cost.step + cost.chunk
    }

    /// What the work's sum grows by for handing over and starting a segment.
    func entry(from: Int?, to: Int) -> Int {
        let segment = (steps + 1) * sites[to].segment
        guard let from else { return segment }
        let link = from * sites.count + to
        return segment + steps * stepCrossing[link] + chunkCrossing[link]
    }

    private mutating func setTwins() {
        let pins = units.compactMap { unit -> Int? in
            if case .pinned(let site) = unit.freedom { return site }
            return nil
        }
        for site in sites.indices {
            let twin = (0..<site).first { other in
                !pins.contains(site) && !pins.contains(other) && areTwins(site, other)
            }
            sites[site].twin = twin.map { sites[$0].twin } ?? site
        }
    }

    private func areTwins(_ one: Int, _ other: Int) -> Bool {
        let (a, b) = (sites[one], sites[other])
        guard a.room == b.room, a.overhead == b.overhead, a.staging == b.staging,
            a.segment == b.segment, a.isNamed == b.isNamed, a.device.kind == b.device.kind,
            base[one] == base[other], poolsAreAlike(a.pool, b.pool)
        else { return false }
        return linksAreAlike(one, other, stepCrossing) && linksAreAlike(one, other, chunkCrossing)
            && units.allSatisfy { $0.costs[one] == $0.costs[other] }
            && ties.allSatisfy { $0.bytes[one] == $0.bytes[other] }
    }

    private func linksAreAlike(_ one: Int, _ other: Int, _ times: [Int]) -> Bool {
        let count = sites.count
        guard times[one * count + other] == times[other * count + one] else { return false }
        return sites.indices.allSatisfy { third in
            third == one || third == other
                || times[one * count + third] == times[other * count + third]
                    && times[third * count + one] == times[third * count + other]
        }
    }

    /// One pool, or two that have a single site each and can be exchanged.
    private func poolsAreAlike(_ one: Int, _ other: Int) -> Bool {
        one == other
            || poolLimits[one] == poolLimits[other]
                && [one, other].allSatisfy { pool in sites.count { $0.pool == pool } == 1 }
    }
}

extension PlacementProblem {
    /// What an assignment of units to sites takes.
    package struct Outcome: Equatable {
        /// Time of the whole work.
        package var work = 0
        /// Time of its prompts.
        package var prompts = 0
        /// Time of one step.
        package var step = 0
        /// Weights and KV by site, and the workspace.
        package var bytes: [Int] = []
        package var workspace: [Int] = []
        package var isUsed: [Bool] = []
        package var fits = true
    }

    /// The one evaluator: every search and every test goes by it. Chunks pass through the sites
    /// like parts through a factory: the first takes the sum of all times, each of the others the
    /// time of the busiest site more.
    package func evaluate(_ assignment: [Int]) -> Outcome {
        var outcome = Outcome(
            bytes: base.map(\.bytes), workspace: base.map(\.workspace),
            isUsed: base.map { $0 != CostModel.Cost() })
        var busy = Array(repeating: 0, count: sites.count)
        var chunk = 0
        var at: Int?
        for (unit, site) in assignment.enumerated() {
            if at != site {
                if let at {
                    outcome.step += stepCrossing[at * sites.count + site]
                    chunk += chunkCrossing[at * sites.count + site]
                }
                outcome.step += sites[site].segment
                chunk += sites[site].segment
                busy[site] += sites[site].segment
                at = site
            }
            let cost = units[unit].costs[site]
            outcome.step += cost.step
            chunk += cost.chunk
            busy[site] += cost.chunk
            outcome.bytes[site] += cost.bytes
            outcome.workspace[site] = max(outcome.workspace[site], cost.workspace)
            outcome.isUsed[site] = true
        }
        for tie in ties where assignment[tie.first] == assignment[tie.second] {
            outcome.bytes[assignment[tie.first]] -= tie.bytes[assignment[tie.first]]
        }
        outcome.prompts = chunk + (chunks - 1) * (busy.max() ?? 0)
        outcome.work = outcome.prompts + steps * outcome.step
        outcome.fits = fits(outcome)
        return outcome
    }

    /// Bytes that each pool gives.
    package func poolTotals(_ outcome: Outcome) -> [Int] {
        var totals = Array(repeating: 0, count: poolLimits.count)
        for (index, site) in sites.enumerated() where outcome.isUsed[index] {
            totals[site.pool] += site.overhead + outcome.bytes[index] + outcome.workspace[index]
            if let host { totals[sites[host].pool] += site.staging }
        }
        return totals
    }

    private func fits(_ outcome: Outcome) -> Bool {
        sites.indices.allSatisfy { site in
            !outcome.isUsed[site]
                || outcome.bytes[site] + outcome.workspace[site] <= sites[site].room
        } && zip(poolTotals(outcome), poolLimits).allSatisfy { $0 <= $1 }
    }

    /// Whether no layer is on the CPU while a GPU in use, and its pool, have room for it.
    package func putsGPUsFirst(_ assignment: [Int], _ outcome: Outcome) -> Bool {
        guard let host else { return true }
        let spilled = units.indices.filter {
            units[$0].freedom == .layer && assignment[$0] == host
        }
        guard !spilled.isEmpty else { return true }
        let totals = poolTotals(outcome)
        return sites.indices.allSatisfy { site in
            guard site != host, outcome.isUsed[site] else { return true }
            let workspace = max(outcome.workspace[site], largestLayerWorkspace(on: site))
            let taken = outcome.bytes[site] + workspace
            let pool = sites[site].pool
            let total = totals[pool] + workspace - outcome.workspace[site]
            return spilled.allSatisfy { unit in
                let more = layerBytes(unit, on: site)
                // A pool may be the CPU's, too.
                let freed = pool == sites[host].pool ? layerBytes(unit, on: host) : 0
                return taken + more > sites[site].room
                    || total + more - freed > poolLimits[pool]
            }
        }
    }

    /// Bytes on a GPU of a layer without its experts.
    func layerBytes(_ unit: Int, on site: Int) -> Int {
        let rest = units[(unit + 1)...].prefix { $0.freedom == .rest || $0.freedom == .experts }
        return rest.lazy.filter { $0.freedom == .rest }
            .reduce(units[unit].costs[site].bytes) { $0 + $1.costs[site].bytes }
    }

    /// Workspace that a site needs for any layer.
    func largestLayerWorkspace(on site: Int) -> Int {
        units.lazy.filter { $0.freedom == .layer || $0.freedom == .rest }
            .map { $0.costs[site].workspace }.max() ?? 0
    }
}
