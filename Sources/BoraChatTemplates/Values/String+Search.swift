/// Searching by bytes of UTF-8, which finds what searching by code points would, in time linear
/// in both texts (Knuth, Morris and Pratt 1977) so that no pair of texts is slow.
extension String {
    /// The byte offset of the first occurrence.
    func firstRange(ofUTF8 part: String) -> Range<Int>? {
        let length = part.utf8.count
        guard length > 0 else { return 0..<0 }
        return offsets(of: part, limit: 1).first.map { $0..<$0 + length }
    }

    /// The byte offsets of at most `limit` occurrences of a text that is not empty, none inside
    /// another.
    func offsets(of part: String, limit: Int = .max) -> [Int] {
        let pattern = Array(part.utf8)
        let borders = Self.borders(of: pattern)
        var offsets: [Int] = []
        var matched = 0
        for (offset, byte) in utf8.enumerated() {
            guard offsets.count < limit else { break }
            while matched > 0, pattern[matched] != byte { matched = borders[matched - 1] }
            if pattern[matched] == byte { matched += 1 }
            if matched == pattern.count {
                offsets.append(offset + 1 - matched)
                matched = 0
            }
        }
        return offsets
    }

    /// For each prefix, the length of the longest shorter prefix that it ends with.
    private static func borders(of pattern: [UInt8]) -> [Int] {
        var borders = Array(repeating: 0, count: pattern.count)
        var length = 0
        for index in pattern.indices.dropFirst() {
            while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
            if pattern[index] == pattern[length] { length += 1 }
            borders[index] = length
        }
        return borders
    }

    /// The pieces between occurrences at these byte offsets, each `length` bytes long.
    func pieces(between offsets: [Int], length: Int) -> [String] {
        var pieces: [String] = []
        var start = utf8.startIndex
        for (index, offset) in offsets.enumerated() {
            let previousEnd = index == 0 ? 0 : offsets[index - 1] + length
            let end = utf8.index(start, offsetBy: offset - previousEnd)
            pieces.append(String(self[start..<end]))
            start = utf8.index(end, offsetBy: length)
        }
        return pieces + [String(self[start...])]
    }

    func startsLike(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    func endsLike(_ suffix: String) -> Bool {
        utf8.reversed().starts(with: suffix.utf8.reversed())
    }

    /// Without the code points of `set` at its ends; without white space when there is no set.
    func stripped(of set: String?, atStart: Bool = true, atEnd: Bool = true) -> String {
        let members = set.map { Set($0.unicodeScalars) }
        func isStripped(_ scalar: Unicode.Scalar) -> Bool {
            members?.contains(scalar) ?? scalar.isPythonSpace
        }
        var rest = Substring.UnicodeScalarView(unicodeScalars)
        if atStart { rest = rest.drop(while: isStripped) }
        if atEnd { while let last = rest.last, isStripped(last) { rest.removeLast() } }
        return String(rest)
    }

    var length: Int { unicodeScalars.count }
}
