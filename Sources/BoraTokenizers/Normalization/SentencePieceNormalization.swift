/// What SentencePiece does to text, with the settings of its `NormalizerSpec`: replaces characters,
/// writes spaces as `▁`, and puts one where a text begins or ends.
struct SentencePieceNormalization: Sendable {
    var characterMap: CharacterMap?
    /// Whether a space is put before the text (or after it, with `putsSpacesAfter`).
    var addsSpace = true
    /// Whether runs of spaces are one, and those around the text none.
    var mergesSpaces = true
    /// Whether the space that is added follows the text.
    var putsSpacesAfter = false

    static let space = "\u{2581}"

    func normalize(_ text: String) -> String {
        let space = Self.space.utf8
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 3)
        var isSpaced = false
        var isInWord = false
        func append(_ unit: UInt8) {
            guard unit != UInt8(ascii: " ") else {
                isInWord = false
                if !mergesSpaces { output += space }
                return
            }
            if !isInWord {
                isInWord = true
                if mergesSpaces || addsSpace && !putsSpacesAfter && !isSpaced {
                    output += space
                    isSpaced = true
                }
            }
            output.append(unit)
        }
        let units = Array(text.utf8)
        var position = 0
        while position < units.count {
            if let (length, replacement) = characterMap?.longestReplacement(units[position...]) {
                for unit in replacement { append(unit) }
                position += length
            } else {
                append(units[position])
                position += 1
                while position < units.count, units[position] & 0xC0 == 0x80 {
                    append(units[position])
                    position += 1
                }
            }
        }
        if addsSpace, putsSpacesAfter { output += space }
        return String(decoding: output, as: UTF8.self)
    }
}
