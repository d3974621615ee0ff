/// Tokens that are written out in text: control and user-defined ones, `added_tokens` of a
/// `tokenizer.json`.
struct WrittenTokens: Sendable {
    struct Entry: Sendable {
        let token: Int32
        let text: [UInt8]
        /// Whether it is taken only where special tokens are asked for.
        var isSpecial = false
        /// Whether the white space before or after it belongs to it.
        var stripsBefore = false
        var stripsAfter = false
        /// Whether letters next to it make it a part of a word.
        var isWord = false
    }

    /// A token, or text between tokens.
    enum Part {
        case token(Int32)
        case text(Range<Int>)
    }

    /// Which white space belongs to tokens that strip it.
    enum StrippedSpace: Sendable {
        case unicode
        /// What C's `isspace` counts, which llama.cpp goes by.
        case ascii
    }

    private let entries: [Entry]
    private let strippedSpace: StrippedSpace
    /// Indices of entries by their texts.
    private var trie = ByteTrie()
    /// Whether a token begins with a byte.
    private var begins = [Bool](repeating: false, count: 256)

    var isEmpty: Bool { entries.isEmpty }

    /// Of equal texts, the first entry counts.
    init(_ entries: [Entry], stripping strippedSpace: StrippedSpace = .unicode) {
        self.entries = entries
        self.strippedSpace = strippedSpace
        for (index, entry) in entries.enumerated() {
            guard let first = entry.text.first else { continue }
            begins[Int(first)] = true
            trie.insert(entry.text, Int32(index))
        }
    }

    /// Finds the tokens of a text, from the left, the longest first. Special tokens are text unless
    /// they are asked for.
    func forEachPart(
        of text: [UInt8], parsingSpecial: Bool, _ use: (Part) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        // Where the text begins that no part has, and where the next token is looked for.
        var rest = 0
        var position = 0
        while position < text.count {
            guard begins[Int(text[position])],
                let (entry, end) = longestMatch(text, at: position, parsingSpecial)
            else {
                position += 1
                continue
            }
            guard !entry.isWord || Self.isWord(position..<end, in: text) else {
                position = end
                continue
            }
            var range = position..<end
            if entry.stripsBefore { range = spaceStart(text, range.lowerBound, rest)..<end }
            if entry.stripsAfter { range = range.lowerBound..<spaceEnd(text, end) }
            if rest < range.lowerBound { try use(.text(rest..<range.lowerBound)) }
            try use(.token(entry.token))
            rest = range.upperBound
            position = rest
        }
        if rest < text.count { try use(.text(rest..<text.count)) }
    }

    private func longestMatch(
        _ text: [UInt8], at start: Int, _ parsingSpecial: Bool
    ) -> (Entry, end: Int)? {
        var found: (Entry, Int)?
        var node = ByteTrie.root
        for position in start..<text.count {
            guard let next = trie.next(node, text[position]) else { break }
            node = next
            if let index = trie.value(node), parsingSpecial || !entries[Int(index)].isSpecial {
                found = (entries[Int(index)], position + 1)
            }
        }
        return found
    }

    private static func isWord(_ range: Range<Int>, in text: [UInt8]) -> Bool {
        scalar(endingAt: range.lowerBound, in: text)?.isWordCharacter != true
            && scalar(at: range.upperBound, in: text)?.isWordCharacter != true
    }

    /// Where the white space before a place begins, not before `limit`.
    private func spaceStart(_ text: [UInt8], _ end: Int, _ limit: Int) -> Int {
        var position = end
        while position > limit, let scalar = Self.scalar(endingAt: position, in: text),
            isStripped(scalar)
        {
            position -= scalar.utf8.count
        }
        return max(position, limit)
    }

    /// Where the white space after a place ends.
    private func spaceEnd(_ text: [UInt8], _ start: Int) -> Int {
        var position = start
        while let scalar = Self.scalar(at: position, in: text), isStripped(scalar) {
            position += scalar.utf8.count
        }
        return position
    }

    private func isStripped(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace && (strippedSpace == .unicode || scalar.isASCII)
    }

    private static func scalar(at position: Int, in text: [UInt8]) -> Unicode.Scalar? {
        guard position < text.count else { return nil }
        let end = min(position + lengthOfCharacter(text[position]), text.count)
        return String(decoding: text[position..<end], as: UTF8.self).unicodeScalars.first
    }

    private static func scalar(endingAt end: Int, in text: [UInt8]) -> Unicode.Scalar? {
        guard end > 0 else { return nil }
        var position = end - 1
        while position > 0, text[position] & 0xC0 == 0x80 { position -= 1 }
        return scalar(at: position, in: text)
    }
}
