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
    /// Whether a unit takes so long that its time was cut off.
    let isCut: Bool

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
        let most = (Int.max >> 6) / (units.count + sites.count + 1)
        let (mostStep, mostChunk) = (most / max(steps, 1), most / max(chunks, 1))
        self.stepCrossing = stepCrossing.map { min($0, mostStep) }
        self.chunkCrossing = chunkCrossing.map { min($0, mostChunk) }
        isCut = units.contains { unit in
            unit.costs.contains { $0.step > mostStep || $0.chunk > mostChunk }
        }
        for unit in units.indices {
            for site in sites.indices {
                self.units[unit].costs[site].step = min(units[unit].costs[site].step, mostStep)
                self.units[unit].costs[site].chunk = min(
                    units[unit].costs[site].chunk, mostChunk)
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
