/// Cuts words, one after the other, by the matches of a pattern, which come in order.
struct Cutter {
    private struct Part {
        var range: Range<Int>
        let isMatch: Bool
    }

    private let splitting: PreTokenizer.Splitting
    private var matches: [Range<Int>] = []
    private var parts: [Part] = []

    init(_ splitting: PreTokenizer.Splitting) {
        self.splitting = splitting
    }

    mutating func add(_ match: Range<Int>) { matches.append(match) }

    /// Appends what a word falls into by the matches that were added, and forgets those.
    mutating func finish(_ word: Range<Int>, into words: inout [Range<Int>]) {
        defer { matches.removeAll(keepingCapacity: true) }
        readParts(of: word)
        switch splitting.behavior {
        case .isolated: append(parts, to: &words)
        case .removed: append(parts.filter { !$0.isMatch }, to: &words)
        case .contiguous: append(joined { $0 == $1 }, to: &words)
        case .mergedWithPrevious: append(joined { $1 && !$0 }, to: &words)
        case .mergedWithNext:
            parts.reverse()
            append(joined { $1 && !$0 }.reversed(), to: &words)
        }
    }

    private mutating func readParts(of word: Range<Int>) {
        parts.removeAll(keepingCapacity: true)
        var position = word.lowerBound
        for match in matches {
            if position < match.lowerBound {
                parts.append(
                    Part(range: position..<match.lowerBound, isMatch: splitting.isInverted))
            }
            parts.append(Part(range: match, isMatch: !splitting.isInverted))
            position = match.upperBound
        }
        if position < word.upperBound {
            parts.append(Part(range: position..<word.upperBound, isMatch: splitting.isInverted))
        }
    }

    /// Parts with those that belong to their neighbour joined to it. `belongs` is told whether the
    /// neighbour and the part are matches.
    private func joined(_ belongs: (Bool, Bool) -> Bool) -> [Part] {
        var joined: [Part] = []
        var lastIsMatch = false
        for part in parts {
            if belongs(lastIsMatch, part.isMatch), let last = joined.indices.last {
                // Parts come in order, or in reverse.
                let (range, next) = (joined[last].range, part.range)
                joined[last].range =
                    range.lowerBound <= next.lowerBound
                    ? range.lowerBound..<next.upperBound : next.lowerBound..<range.upperBound
            } else {
                joined.append(part)
            }
            lastIsMatch = part.isMatch
        }
        return joined
    }

    private func append(_ parts: some Sequence<Part>, to words: inout [Range<Int>]) {
        for part in parts where !part.range.isEmpty { words.append(part.range) }
    }
}
