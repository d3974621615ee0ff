/// A lower bound of the work's time over all assignments of units to sites, contiguous or not, by
/// Lagrangian relaxation (Geoffrion 1974, "Lagrangean relaxation for integer programming"):
/// a site's memory limit becomes a price per byte, and the time of the busiest site a weighted mean
/// of all sites' times. Any prices of 0 or more, and any weights that sum to no more than the
/// chunks that wait, give a bound; good ones are found by ascent.
struct Relaxation {
    /// Picoseconds per byte, by site.
    private(set) var prices: [Double]
    /// Weight of each site's time in the mean, times the chunks that wait for the busiest.
    private(set) var weights: [Double]
    /// Bytes of each site that units can take, apart from what is there already.
    let room: [Double]
    /// Bytes that each unit adds at least, by site: a shared tensor may be there already.
    let bytes: [[Double]]

    private let problem: PlacementProblem
    /// What one segment takes to be started: there is one at least.
    private let start: Int
    /// A bound without prices and weights.
    private let plainBound: Int

    init(_ problem: PlacementProblem) {
        self.init(unpriced: problem)
        setPricesOfEqualUnits()
        ascend(rounds: 30)
    }

    /// With the prices and weights of another relaxation over the same sites.
    init(_ problem: PlacementProblem, like other: Relaxation) {
        self.init(unpriced: problem)
        (prices, weights) = (other.prices, other.weights)
    }

    private init(unpriced problem: PlacementProblem) {
        self.problem = problem
        start = problem.sites.indices.map { problem.entry(from: nil, to: $0) }.min() ?? 0
        plainBound = Self.plainBound(of: problem) + start
        let sites = problem.sites.indices
        let bytes: [[Double]] = problem.units.indices.map { unit in
            sites.map { site -> Double in
                // What is pinned has its room already.
                if case .pinned = problem.units[unit].freedom { return 0 }
                let shared = problem.ties.lazy.filter { $0.second == unit }
                    .reduce(0) { $0 + $1.bytes[site] }
                return Double(problem.units[unit].costs[site].bytes - shared)
            }
        }
        self.bytes = bytes
        // A shared tensor may be there already, or not.
        let apart = Set(problem.ties.map(\.second)).sorted()
        var room: [Double] = []
        for site in sites {
            let twin = problem.sites[site].twin
            guard twin == site else {
                room.append(room[twin])
                continue
            }
            let workspace = problem.units.lazy.map { $0.costs[site].workspace }.min() ?? 0
            let free = problem.sites[site].room - workspace - problem.pinnedBytes(on: site)
            let sizes =
                bytes.map { Int($0[site]) } + apart.map { problem.units[$0].costs[site].bytes }
            room.append(Double(Self.usable(max(0, free), for: sizes)))
        }
        self.room = room
        weights = Array(repeating: 0, count: problem.sites.count)
        prices = weights
    }

    /// Time of a unit on a site with its part of the mean, without the price of its bytes.
    func time(of unit: Int, on site: Int) -> Double {
        Double(problem.time(of: unit, on: site))
            + weights[site] * Double(problem.units[unit].costs[site].chunk)
    }

    /// The same with the price of its bytes.
    func value(of unit: Int, on site: Int) -> Double {
        time(of: unit, on: site) + prices[site] * bytes[unit][site]
    }

    /// The same on the unit's best site.
    func least(of unit: Int) -> Double { best(of: unit).value }

    private func best(of unit: Int) -> (site: Int, value: Double) {
        if case .pinned(let site) = problem.units[unit].freedom {
            return (site, time(of: unit, on: site))
        }
        var best = (site: 0, value: Double.infinity)
        for site in prices.indices {
            let value = value(of: unit, on: site)
            if value < best.value { best = (site, value) }
        }
        return best
    }

    /// The bound at these prices and weights, in picoseconds.
    var bound: Int {
        max(plainBound, Self.roundedDown(sum(problem.units.indices.map { least(of: $0) })) + start)
    }

    /// What units take together that take so much each, less the price of the room.
    func sum(_ least: [Double]) -> Double {
        zip(prices, room).reduce(least.reduce(0, +)) { $0 - $1.0 * $1.1 }
    }

    /// Every unit on its fastest site; of the waiting, what the longest unit and the mean say.
    private static func plainBound(of problem: PlacementProblem) -> Int {
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
        // Prices of what cannot fit by far grow beyond what an integer holds.
        let limit = 0x1p61
        return Int(max(-limit, min(limit, value - abs(value) * 0x1p-40 - 1)).rounded(.down))
    }

    /// The most of `room` that things of these sizes can fill. Models have few sizes: all numbers
    /// of the rarer ones are tried, with as many of the commonest as fit. Of more sizes than can be
    /// tried, all room counts.
    private static func usable(_ room: Int, for sizes: [Int]) -> Int {
        let counts = sizes.reduce(into: [Int: Int]()) { counts, size in
            if size > 0 { counts[size, default: 0] += 1 }
        }
        var groups = counts.map { (size: $0.key, count: $0.value) }
            .sorted { ($0.count, $0.size) < ($1.count, $1.size) }
        guard let commonest = groups.popLast() else { return 0 }
        var sums: Set<Int> = [0]
        for group in groups {
            guard sums.count * (group.count + 1) <= 1024 else { return room }
            sums = sums.reduce(into: []) { wider, sum in
                for count in 0...group.count { wider.insert(sum + count * group.size) }
            }
        }
        return sums.lazy.filter { $0 <= room }.map { sum in
            sum + min((room - sum) / commonest.size, commonest.count) * commonest.size
        }.max() ?? 0
    }

    /// The prices and weights that are the best if all free units are equal and can be cut.
    ///
    /// Let a unit more be worth M. A site on which a unit takes w < M, and t of a chunk, has to
    /// make up for M − w: by the weight of its time, μ t, or by the price of its bytes, which takes
    /// (M − w) from the bound for each of the units that fill the site. So the weights, of
    /// which there are `chunks − 1`, go to the sites that are busiest when full; the rest is
    /// priced. The bound N M − Σ (M − w) · units that fill the site is concave in M.
    private mutating func setPricesOfEqualUnits() {
        let free = problem.units.indices.filter { bytes[$0].contains { $0 > 0 } }
        guard !free.isEmpty else { return }
        let count = Double(free.count)
        let means = prices.indices.map { site in
            let sums = free.reduce(into: (time: 0.0, chunk: 0.0, bytes: 0.0)) { sum, unit in
                sum.time += Double(problem.time(of: unit, on: site))
                sum.chunk += Double(problem.units[unit].costs[site].chunk)
                sum.bytes += bytes[unit][site]
            }
            let size = max(1, sums.bytes / count)
            return MeanUnit(
                time: sums.time / count, chunk: max(1, sums.chunk / count), bytes: size,
                fill: room[site] / size)
        }
        let order = means.indices.sorted {
            (means[$1].fill * means[$1].chunk, $0) < (means[$0].fill * means[$0].chunk, $1)
        }
        /// The bound if a unit more is worth `value`, and the weight and price of each site.
        func settle(_ value: Double) -> (bound: Double, weights: [Double], prices: [Double]) {
            var result = (bound: count * value, weights: weights, prices: prices)
            var rest = Double(problem.chunks - 1)
            for site in order {
                let mean = means[site]
                let missing = max(0, value - mean.time)
                let weight = min(rest, missing / mean.chunk)
                rest -= weight
                let unpaid = missing - weight * mean.chunk
                result.weights[site] = weight
                result.prices[site] = unpaid / mean.bytes
                result.bound -= unpaid * mean.fill
            }
            return result
        }
        var low = 0.0
        var high = means.reduce(1) { max($0, $1.time + Double(problem.chunks) * $1.chunk) }
        for _ in 0..<100 {
            let (left, right) = (low + (high - low) / 3, high - (high - low) / 3)
            if settle(left).bound < settle(right).bound { low = left } else { high = right }
        }
        let best = settle(low)
        (prices, weights) = (best.prices, best.weights)
    }

    /// The mean of all free units on a site, and how many of it fill the site.
    private struct MeanUnit {
        let time: Double
        let chunk: Double
        let bytes: Double
        let fill: Double
    }

    /// Weights of more than the chunks that wait would give no bound.
    private mutating func limitWeights() {
        let waiting = Double(problem.chunks - 1)
        let sum = weights.reduce(0, +)
        guard sum > waiting else { return }
        for site in weights.indices { weights[site] *= waiting / sum }
    }

    /// Moves prices and weights towards what the relaxed map overfills and keeps waiting, with
    /// ever smaller steps, and keeps the best.
    private mutating func ascend(rounds: Int) {
        var best = (bound: bound, prices: prices, weights: weights)
        let waiting = Double(problem.chunks - 1)
        let count = prices.count
        // A step moves the bound by a few per cent at first.
        let scale = Double(best.bound) / 50
        for round in 1...rounds {
            var load = Array(repeating: 0.0, count: count)
            var busy = Array(repeating: 0.0, count: count)
            for unit in problem.units.indices {
                let site = self.best(of: unit).site
                load[site] += bytes[unit][site]
                busy[site] += Double(problem.units[unit].costs[site].chunk)
            }
            let step = scale / Double(round)
            for site in 0..<count where room[site] > 0 {
                let excess = max(-1, min(1, load[site] / room[site] - 1))
                prices[site] = max(0, prices[site] + excess * step / room[site])
            }
            let most = busy.max() ?? 0
            if waiting > 0, most > 0 {
                for site in 0..<count {
                    weights[site] += waiting * busy[site] / most / Double(10 * round)
                }
                limitWeights()
            }
            let found = bound
            if found > best.bound { best = (found, prices, weights) }
        }
        (prices, weights) = (best.prices, best.weights)
    }
}
