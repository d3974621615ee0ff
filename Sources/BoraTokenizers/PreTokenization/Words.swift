/// Text that is being cut into words.
struct Words {
    private(set) var text: [UInt8]
    /// The words, in order; between them lies text that was removed.
    private(set) var ranges: [Range<Int>]
    /// Where the word begins that begins the whole text.
    private var first: Int?

    init(text: [UInt8], ranges: [Range<Int>], first: Int?) {
        self.text = text
        self.ranges = ranges.filter { !$0.isEmpty }
        self.first = first
    }

    /// Cuts every word by the matches of a pattern.
    mutating func split(
        _ pattern: Pattern, _ splitting: PreTokenizer.Splitting
    ) throws(TokenizerError) {
        var cut: [Range<Int>] = []
        cut.reserveCapacity(ranges.count)
        var cutter = Cutter(splitting)
        try pattern.search(text, ranges) { match in
            cutter.add(match)
        } end: { range in
            cutter.finish(range, into: &cut)
        }
        ranges = cut
    }

    mutating func addSpaces() {
        rewrite { word, output in
            if word[0] != UInt8(ascii: " ") { output.append(UInt8(ascii: " ")) }
            for index in word.indices { output.append(word[index]) }
        }
    }

    mutating func writeBytes() {
        rewrite { word, output in ByteAlphabet.shared.write(word, to: &output) }
    }

    mutating func writeSpaces(_ metaspace: PreTokenizer.Metaspace) {
        let space = metaspace.replacement
        let first = first
        var position = 0
        let starts = ranges.map(\.lowerBound)
        rewrite { word, output in
            let start = starts[position]
            position += 1
            let isSpaced =
                word[0] == UInt8(ascii: " ")
                || word.count >= space.count && space.indices.allSatisfy { word[$0] == space[$0] }
            switch metaspace.prepending {
            case .always where !isSpaced, .first where !isSpaced && start == first: output += space
            default: break
            }
            for index in word.indices {
                if word[index] == UInt8(ascii: " ") {
                    output += space
                } else {
                    output.append(word[index])
                }
            }
        }
        if metaspace.splits { cut(before: space) }
    }

    /// Cuts words before each occurrence of a character.
    private mutating func cut(before character: [UInt8]) {
        var cut: [Range<Int>] = []
        for range in ranges {
            var start = range.lowerBound
            var position = start
            while position < range.upperBound {
                let isCharacter =
                    text[position] == character[0]
                    && text[position..<range.upperBound].starts(with: character)
                if isCharacter, position > start {
                    cut.append(start..<position)
                    start = position
                }
                position += isCharacter ? character.count : 1
            }
            cut.append(start..<range.upperBound)
        }
        ranges = cut
    }

    mutating func groupDigits(_ groups: PreTokenizer.DigitGroups) {
        var cut: [Range<Int>] = []
        for range in ranges {
            // The beginning of every digit of the run at hand.
            var digits: [Int] = []
            var start = range.lowerBound
            func endRun(at position: Int, followedByLetter: Bool) {
                guard let first = digits.first, groups != .digitsStandingAlone || !followedByLetter
                else {
                    digits.removeAll(keepingCapacity: true)
                    return
                }
                if start < first { cut.append(start..<first) }
                let ends = digits.indices.dropFirst().filter { (digits.count - $0) % 3 == 0 }
                start = first
                for end in ends.map({ digits[$0] }) + [position] {
                    cut.append(start..<end)
                    start = end
                }
                digits.removeAll(keepingCapacity: true)
            }
            var position = range.lowerBound
            for scalar in String(decoding: text[range], as: UTF8.self).unicodeScalars {
                if groups == .numbers ? scalar.isNumber : scalar.isDigit {
                    digits.append(position)
                } else {
                    endRun(at: position, followedByLetter: scalar.isWordCharacter)
                }
                position += scalar.utf8.count
            }
            endRun(at: position, followedByLetter: false)
            if start < range.upperBound { cut.append(start..<range.upperBound) }
        }
        ranges = cut
    }

    /// Writes every word anew.
    private mutating func rewrite(_ write: (Span<UInt8>, inout [UInt8]) -> Void) {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + ranges.count)
        let start = first
        first = nil
        for index in ranges.indices {
            if ranges[index].lowerBound == start { first = output.count }
            let lower = output.count
            write(text.span.extracting(ranges[index]), &output)
            ranges[index] = lower..<output.count
        }
        text = output
    }
}
