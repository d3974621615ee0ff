/// What Python's string methods do, by code points.
extension String {
    /// Every word with a capital, as `str.title`: a word is a run of letters with case.
    func titled() -> String {
        var result = ""
        var isInWord = false
        for scalar in unicodeScalars {
            let properties = scalar.properties
            result += isInWord ? properties.lowercaseMapping : properties.titlecaseMapping
            isInWord = properties.isCased
        }
        return result
    }

    /// `str.istitle`: there are letters with case, capitals at the start of each run and there
    /// only.
    var isTitled: Bool {
        var hasLetters = false
        var isInWord = false
        for scalar in unicodeScalars {
            let properties = scalar.properties
            let isCapital =
                properties.isUppercase || properties.generalCategory == .titlecaseLetter
            if isCapital ? isInWord : properties.isLowercase && !isInWord { return false }
            isInWord = isCapital || properties.isLowercase
            hasLetters = hasLetters || isInWord
        }
        return hasLetters
    }

    /// The first code point in title case, the rest in lower case.
    func capitalized() -> String {
        guard let first = unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping
            + String(unicodeScalars.dropFirst()).lowercased()
    }

    /// Whether the letters with case are all of one.
    func hasCase(
        _ wanted: KeyPath<Unicode.Scalar.Properties, Bool>,
        not other: KeyPath<Unicode.Scalar.Properties, Bool>
    ) -> Bool {
        unicodeScalars.contains { $0.properties[keyPath: wanted] }
            && !unicodeScalars.contains { $0.properties[keyPath: other] }
    }

    /// The text between two positions, as in a slice, and where it starts; `nil` when it would
    /// start behind the end.
    func window(_ start: Int?, _ end: Int?) -> (start: Int, text: String)? {
        guard start != nil || end != nil else { return (0, self) }
        let count = length
        func absolute(_ position: Int) -> Int {
            position < 0 ? max(position + count, 0) : position
        }
        let first = absolute(start ?? 0)
        let last = min(absolute(end ?? count), count)
        guard first <= last else { return nil }
        return (first, String(unicodeScalars.dropFirst(first).prefix(last - first)))
    }

    /// Byte offsets of occurrences, looking from the end, in ascending order.
    func offsetsFromEnd(of part: String, limit: Int) -> [Int] {
        let reversed = String(String.UnicodeScalarView(unicodeScalars.reversed()))
        let pattern = String(String.UnicodeScalarView(part.unicodeScalars.reversed()))
        let length = part.utf8.count
        return reversed.offsets(of: pattern, limit: limit).reversed()
            .map { utf8.count - $0 - length }
    }

    func lastOffset(of part: String) -> Int? { offsetsFromEnd(of: part, limit: 1).first }

    /// The words between white space, as `str.split()`; after `most` cuts the rest stays whole.
    func words(most: Int, fromEnd: Bool) -> [String] {
        let all = unicodeScalars.split(whereSeparator: \.isPythonSpace)
        guard all.count > most, most < .max else { return all.map { String($0) } }
        if fromEnd {
            let kept = all.suffix(most)
            let end = kept.first?.startIndex ?? endIndex
            let rest = String(unicodeScalars[..<end]).stripped(of: nil, atStart: false)
            return (rest.isEmpty ? [] : [rest]) + kept.map { String($0) }
        }
        let kept = all.prefix(most)
        let start = all[most].startIndex
        return kept.map { String($0) } + [String(unicodeScalars[start...])]
    }

    /// `str.splitlines`.
    func lines(keepingEnds: Bool) -> [String] {
        let scalars = Array(unicodeScalars)
        var lines: [String] = []
        var start = 0
        var index = 0
        while index < scalars.count {
            guard scalars[index].isPythonLineBreak else {
                index += 1
                continue
            }
            let isPair =
                scalars[index] == "\r" && index + 1 < scalars.count
                && scalars[index + 1] == "\n"
            let next = index + (isPair ? 2 : 1)
            lines.append(Self.text(scalars[start..<(keepingEnds ? next : index)]))
            start = next
            index = next
        }
        if start < scalars.count { lines.append(Self.text(scalars[start...])) }
        return lines
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }
}

extension Unicode.Scalar {
    /// `str.isalpha`: the letters of all scripts.
    var isPythonLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            true
        default: false
        }
    }

    fileprivate var isPythonLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
