/// Merges the characters of words, one word after the other.
struct BytePairMerger {
    private let model: BytePairModel

    // The symbols of the word at hand, by their place in it. Kept between words to allocate once.
    private var tokens: [Int32] = []
    /// Where each symbol begins in the text; the last one ends with the word.
    private var starts: [Int] = []
    private var wordEnd = 0
    /// What becomes of a symbol and the one after it; `never` when nothing does.
    private var ranks: [UInt32] = []
    private var merged: [Int32] = []

    /// A symbol that is no token.
    static let unknown: Int32 = -1
    /// The rank of a pair that is not merged.
    private static let never = UInt32.max
    /// Up to this length, looking through all pairs for each merge is faster than a queue.
    private static let shortWord = 32

    init(_ model: BytePairModel) {
        self.model = model
    }

    /// Appends the tokens of a word.
    mutating func encode(_ text: [UInt8], _ word: Range<Int>, into output: inout [Int32]) {
        readCharacters(text, word)
        ranks.removeAll(keepingCapacity: true)
        merged.removeAll(keepingCapacity: true)
        for index in tokens.indices {
            ranks.append(Self.never)
            merged.append(0)
            if index > 0 { consider(index - 1, index, before: index + 1, text) }
        }
        if tokens.count <= Self.shortWord {
            mergeShort(text)
        } else {
            mergeLong(text)
        }
        write(text, to: &output)
    }

    private mutating func readCharacters(_ text: [UInt8], _ word: Range<Int>) {
        tokens.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        wordEnd = word.upperBound
        var position = word.lowerBound
        while position < wordEnd {
            let end = min(position + lengthOfCharacter(text[position]), wordEnd)
            let token = model.token(
                ofCharacter: position..<end, in: text, isFirst: position == word.lowerBound,
                isLast: end == wordEnd)
            if token != Self.unknown || !model.dropsUnknown {
                tokens.append(token)
                starts.append(position)
            }
            position = end
        }
    }

    private func start(of symbol: Int) -> Int { symbol < starts.count ? starts[symbol] : wordEnd }

    /// Looks up what becomes of the symbol at `left` and its neighbour at `right`, which ends
    /// where the symbol at `after` begins.
    private mutating func consider(
        _ left: Int, _ right: Int, before after: Int, _ text: [UInt8]
    ) {
        switch model.rules {
        case .merges(let table):
            let merge = table[tokens[left], tokens[right]]
            ranks[left] = merge?.rank ?? Self.never
            merged[left] = merge?.token ?? 0
        case .ranks(let tokenRanks):
            let both = text.span.extracting(starts[left]..<start(of: after))
            let token = model.pieces.find(both)
            ranks[left] = token.flatMap { tokenRanks[Int($0)] } ?? Self.never
            merged[left] = token ?? 0
        }
    }

    private mutating func mergeShort(_ text: [UInt8]) {
        while true {
            var best = 0
            for index in ranks.indices where ranks[index] < ranks[best] { best = index }
            guard best < ranks.count, ranks[best] != Self.never else { return }
            tokens[best] = merged[best]
            tokens.remove(at: best + 1)
            starts.remove(at: best + 1)
            // The merged pair's entry goes; the neighbour's is looked up anew.
            ranks.remove(at: best)
            merged.remove(at: best)
            if best + 1 < tokens.count { consider(best, best + 1, before: best + 2, text) }
            if best > 0 { consider(best - 1, best, before: best + 1, text) }
        }
    }

    /// Symbols are a linked list; a queue holds pairs, and those that changed since are skipped.
    private mutating func mergeLong(_ text: [UInt8]) {
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
                consider(left, next[left], before: next[next[left]], text)
                if ranks[left] != Self.never { queue.insert(.init(rank: ranks[left], place: left)) }
            }
            let before = previous[left]
            if before >= 0 {
                consider(before, left, before: next[left], text)
                if ranks[before] != Self.never {
                    queue.insert(.init(rank: ranks[before], place: before))
                }
            }
        }
        compact(next)
    }

    /// Brings the symbols that are left next to each other.
    private mutating func compact(_ next: [Int]) {
        var count = 0
        var index = 0
        while index < next.count {
            tokens[count] = tokens[index]
            starts[count] = starts[index]
            count += 1
            index = next[index]
        }
        tokens.removeSubrange(count...)
        starts.removeSubrange(count...)
    }

    private func write(_ text: [UInt8], to output: inout [Int32]) {
        var followsUnknown = false
        for (index, token) in tokens.enumerated() {
            if token == Self.unknown {
                let range = starts[index]..<start(of: index + 1)
                model.fallback.append(
                    text.span.extracting(range), followsUnknown: &followsUnknown, to: &output)
            } else {
                output.append(token)
                followsUnknown = false
            }
        }
    }
}
