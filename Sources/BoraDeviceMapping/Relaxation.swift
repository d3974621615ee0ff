/// A lower bound of the work's time over all assignments of units to sites, contiguous or not, by
/// Lagrangian relaxation (Geoffrion 1974, "Lagrangean relaxation for integer programming"): a site's
/// memory limit becomes a price per byte, and the time of the busiest site becomes a weighted mean
/// of all sites' times. Any prices of 0 or more and any weights that sum to 1 or less give a bound;
/// good ones are found by ascent.
struct Relaxation {
    /// Picoseconds per byte, by site.
    private(set) var prices: [Double]
    /// Weight of each site's time in the mean, times the chunks that wait for the busiest.
    private(set) var weights: [Double]
    /// Bytes of each site that units can take, apart from what is there already.
    let room: [Double]
    /// Bytes that each unit adds at least, by site: a shared tensor may be there already.
    private let bytes: [[Double]]

    private let problem: PlacementProblem

    init(_ problem: PlacementProblem) {
        self.init(unpriced: problem)
        prices = Self.fillingPrices(problem, bytes: bytes, room: room)
        ascend(rounds: 40)
    }

    /// With the prices and weights of another relaxation over the same sites.
    init(_ problem: PlacementProblem, like other: Relaxation) {
        self.init(unpriced: problem)
        (prices, weights) = (other.prices, other.weights)
    }

    private init(unpriced problem: PlacementProblem) {
        self.problem = problem
        let sites = problem.sites.indices
        bytes = problem.units.indices.map { unit in
            sites.map { site in
                // What is pinned has its room already.
                if case .pinned = problem.units[unit].freedom { return 0 }
                let shared = problem.ties.lazy.filter { $0.second == unit }
                    .reduce(0) { $0 + $1.bytes[site] }
                return Double(problem.units[unit].costs[site].bytes - shared)
            }
        }
        room = sites.map { site in
            let workspace = problem.units.lazy.map { $0.costs[site].workspace }.min() ?? 0
            let pinned = problem.pinnedBytes(on: site)
            return Double(max(0, problem.sites[site].room - workspace - pinned))
        }
        weights = Array(repeating: 0, count: problem.sites.count)
        prices = weights
    }

    /// Time of a unit on a site with its part of the mean, without the price of its bytes.
    func time(of unit: Int, on site: Int) -> Double {
        Double(problem.time(of: unit, on: site))
            + weights[site] * Double(problem.units[unit].costs[site].chunk)
    }

    /// The same with the price, on the unit's best site.
    func least(of unit: Int) -> Double { best(of: unit).value }

    private func best(of unit: Int) -> (site: Int, value: Double) {
        if case .pinned(let site) = problem.units[unit].freedom {
            return (site, time(of: unit, on: site))
        }
        var best = (site: 0, value: Double.infinity)
        for site in prices.indices {
            let value = time(of: unit, on: site) + prices[site] * bytes[unit][site]
            if value < best.value { best = (site, value) }
        }
        return best
    }

    /// The bound at these prices and weights, in picoseconds.
    var bound: Int {
        let sum = problem.units.indices.reduce(0) { $0 + least(of: $1) }
        let paid = zip(prices, room).reduce(0) { $0 + $1.0 * $1.1 }
        // At least one segment is started.
        let start = problem.sites.indices.map { problem.entry(from: nil, to: $0) }.min() ?? 0
        return max(plainBound, Self.roundedDown(sum - paid)) + start
    }

    /// Every unit on its fastest site; of the waiting, what the longest unit and the mean say.
    private var plainBound: Int {
        var sum = 0
        var longest = 0
        var chunk = 0
        for unit in problem.units.indices {
            let sites = problem.allowedSites(of: unit)
            sum += sites.lazy.map { problem.time(of: unit, on: $0) }.min() ?? 0
            let least = sites.lazy.map { problem.units[unit].costs[$0].chunk }.min() ?? 0
            longest = max(longest, least)
            chunk += least
        }
        let mean = (chunk + problem.sites.count - 1) / max(1, problem.sites.count)
        return sum + (problem.chunks - 1) * max(longest, mean)
    }

    /// A whole number below, by more than sums of doubles can be wrong.
    static func roundedDown(_ value: Double) -> Int {
        Int((value - abs(value) * 0x1p-40 - 1).rounded(.down))
    }

    /// The prices of equal units: fill the fastest sites; the site that is not filled sets the
    /// price of room on the others.
    private static func fillingPrices(
        _ problem: PlacementProblem, bytes: [[Double]], room: [Double]
    ) -> [Double] {
        let sites = problem.sites.indices
        let free = problem.units.indices.filter { bytes[$0].contains { $0 > 0 } }
        let times = sites.map { site in
            free.reduce(0.0) { $0 + Double(problem.time(of: $1, on: site)) }
        }
        let sizes = sites.map { site in free.reduce(0.0) { $0 + bytes[$1][site] } }
        var prices = sites.map { _ in 0.0 }
        var rest = 1.0
        let order = sites.sorted { (times[$0], $0) < (times[$1], $1) }
        guard let last = order.first(where: { site in
            rest -= sizes[site] > 0 ? room[site] / sizes[site] : 1
            return rest <= 0
        }) ?? order.last
        else { return prices }
        for site in sites where times[site] < times[last] && sizes[site] > 0 {
            prices[site] = (times[last] - times[site]) / sizes[site]
        }
        return prices
    }

    /// Moves prices and weights towards what the relaxed plan overfills and keeps waiting, with
    /// ever smaller steps, and keeps the best.
    private mutating func ascend(rounds: Int) {
        var best = (bound: bound, prices: prices, weights: weights)
        let waiting = Double(problem.chunks - 1)
        let count = prices.count
        let scale = max(1, Double(best.bound))
        if waiting > 0 { weights = Array(repeating: waiting / Double(count), count: count) }
        for round in 1...rounds {
            var load = Array(repeating: 0.0, count: count)
            var busy = Array(repeating: 0.0, count: count)
            for unit in problem.units.indices {
                let site = self.best(of: unit).site
                load[site] += bytes[unit][site]
                busy[site] += Double(problem.units[unit].costs[site].chunk)
            }
            let most = busy.max() ?? 0
            for site in 0..<count where room[site] > 0 {
                let excess = max(-1, min(1, load[site] / room[site] - 1))
                prices[site] = max(0, prices[site] + excess * scale / room[site] / Double(4 * round))
            }
            if waiting > 0, most > 0 {
                for site in 0..<count { weights[site] *= 1 + busy[site] / most / Double(round) }
                let sum = weights.reduce(0, +)
                for site in 0..<count { weights[site] *= waiting / sum }
            }
            let found = bound
            if found > best.bound { best = (found, prices, weights) }
        }
        (prices, weights) = (best.prices, best.weights)
    }
}

extension PlacementProblem {
    /// What is on a site whatever the search does.
    func pinnedBytes(on site: Int) -> Int {
        let bytes = units.reduce(base[site].bytes) { sum, unit in
            unit.freedom == .pinned(site) ? sum + unit.costs[site].bytes : sum
        }
        return ties.reduce(bytes) { sum, tie in
            [tie.first, tie.second].allSatisfy { units[$0].freedom == .pinned(site) }
                ? sum - tie.bytes[site] : sum
        }
    }

    func pinnedWorkspace(on site: Int) -> Int {
        units.reduce(base[site].workspace) { most, unit in
            unit.freedom == .pinned(site) ? max(most, unit.costs[site].workspace) : most
        }
    }

    func allowedSites(of unit: Int) -> [Int] {
        if case .pinned(let site) = units[unit].freedom { return [site] }
        return Array(sites.indices)
    }
}
