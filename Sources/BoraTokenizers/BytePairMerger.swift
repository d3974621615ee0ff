/// Merges the bytes of a word into tokens: always the neighbours of lowest rank, the leftmost of
/// equals (Sennrich et al. 2016).
struct BytePairMerger {
    private let merges: MergeTable
    /// The token of each byte, nil for a byte that is dropped.
    private let byteTokens: [Int32?]

    // The symbols of the word at hand, by their place in it. Kept between words to allocate once.
    private var tokens: [Int32] = []
    /// What becomes of a symbol and the one after it; `never` when nothing does.
    private var ranks: [UInt32] = []
    private var merged: [Int32] = []

    /// The rank of a pair that is not merged.
    private static let never = UInt32.max
    /// Up to this length, looking through all pairs for each merge is faster than a queue.
    private static let shortWord = 32

    init(_ merges: MergeTable, byteTokens: [Int32?]) {
        self.merges = merges
        self.byteTokens = byteTokens
    }

    /// Appends the tokens of a word.
    mutating func encode(_ word: Span<UInt8>, into output: inout [Int32]) {
        tokens.removeAll(keepingCapacity: true)
        for index in word.indices {
            if let token = byteTokens[Int(word[index])] { tokens.append(token) }
        }
        ranks.removeAll(keepingCapacity: true)
        merged.removeAll(keepingCapacity: true)
        for index in tokens.indices {
            ranks.append(Self.never)
            merged.append(0)
            if index > 0 { consider(index - 1, index) }
        }
        if tokens.count <= Self.shortWord {
            mergeShort()
            output.append(contentsOf: tokens)
        } else {
            mergeLong(into: &output)
        }
    }

    /// Looks up what becomes of the symbol at `left` and its neighbour at `right`.
    private mutating func consider(_ left: Int, _ right: Int) {
        let merge = merges[tokens[left], tokens[right]]
        ranks[left] = merge?.rank ?? Self.never
        merged[left] = merge?.token ?? 0
    }

    private mutating func mergeShort() {
        while true {
            var best = 0
            for index in ranks.indices where ranks[index] < ranks[best] { best = index }
            guard best < ranks.count, ranks[best] != Self.never else { return }
            tokens[best] = merged[best]
            tokens.remove(at: best + 1)
            // The merged pair's entry goes; the neighbour's is looked up anew.
            ranks.remove(at: best)
            merged.remove(at: best)
            if best + 1 < tokens.count { consider(best, best + 1) }
            if best > 0 { consider(best - 1, best) }
        }
    }

    /// Symbols are a linked list; a queue holds pairs, and those that changed since are skipped.
    private mutating func mergeLong(into output: inout [Int32]) {
        let count = tokens.count
        var next = Array(1...count)
        var previous = Array(-1..<count - 1)
        var queue = MergeQueue(
            zip(ranks, 0..<count).compactMap { rank, place in
                rank == Self.never ? nil : MergeQueue.Entry(rank: rank, place: place)
            })
        while let entry = queue.popFirst() {
            let left = entry.place
            guard ranks[left] == entry.rank else { continue }
            let right = next[left]
            tokens[left] = merged[left]
            ranks[left] = Self.never
            ranks[right] = Self.never
            next[left] = next[right]
            if next[left] < count {
                previous[next[left]] = left
                consider(left, next[left])
                if ranks[left] != Self.never { queue.insert(.init(rank: ranks[left], place: left)) }
            }
            let before = previous[left]
            if before >= 0 {
                consider(before, left)
                if ranks[before] != Self.never {
                    queue.insert(.init(rank: ranks[before], place: before))
                }
            }
        }
        var index = 0
        while index < count {
            output.append(tokens[index])
            index = next[index]
        }
    }
}
