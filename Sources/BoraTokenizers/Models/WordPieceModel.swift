/// WordPiece (Schuster and Nakajima 2012, as BERT uses it): the longest piece that a word begins
/// with, then the longest that the rest begins with, and so on. A word that does not work out is
/// unknown as a whole.
struct WordPieceModel: TokenModel {
    let pieces: PieceTable
    let unknown: Int32
    /// What pieces are written with at the beginning of a word, and elsewhere: `##` in Hugging
    /// Face's files, `▁` at the beginning in GGUF files.
    let beginning: [UInt8]
    let continuation: [UInt8]
    /// Longer words, in characters, are unknown.
    let longestWord: Int

    func encode(_ text: [UInt8], _ words: [Range<Int>], into tokens: inout [Int32]) {
        for word in words {
            let start = tokens.count
            if !encode(text[word], into: &tokens) {
                tokens.removeSubrange(start...)
                tokens.append(unknown)
            }
        }
    }

    /// Whether a word is made of pieces.
    private func encode(_ word: ArraySlice<UInt8>, into tokens: inout [Int32]) -> Bool {
        let characters = word.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        guard characters <= longestWord else { return false }
        var position = word.startIndex
        while position < word.endIndex {
            let affix = position == word.startIndex ? beginning : continuation
            let longest = min(pieces.longest - affix.count, word.endIndex - position)
            let candidate = affix + word[position..<position + max(longest, 0)]
            var length = candidate.count
            var found: Int32?
            while length > affix.count, found == nil {
                found = pieces.find(candidate.span.extracting(0..<length))
                if found == nil { length -= 1 }
            }
            guard let found else { return false }
            tokens.append(found)
            position += length - affix.count
        }
        return true
    }
}
