/// Turns tokens into text as they come: a character is given out when all its bytes are there.
///
/// What `append` and `finish` return is, put together, what `Tokenizer.decode` returns.
package struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let skippingControl: Bool
    /// The beginning of a character, at most three bytes.
    private var pending: [UInt8] = []
    /// Which spaces the text may yet lose.
    private var beginning: TokenText.Beginning

    package init(_ tokenizer: Tokenizer, skippingControl: Bool = true) {
        self.tokenizer = tokenizer
        self.skippingControl = skippingControl
        beginning = tokenizer.textBeginning
    }

    /// Takes a token and returns the text that is complete with it.
    package mutating func append(_ token: Int32) -> String {
        if skippingControl, tokenizer.isControl(token) { return "" }
        pending += withoutLeadingSpaces(tokenizer.bytes(of: token))
        let held = Self.unfinished(pending)
        defer { pending.removeFirst(pending.count - held) }
        return String(decoding: pending.dropLast(held), as: UTF8.self)
    }

    private mutating func withoutLeadingSpaces(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let space = UInt8(ascii: " ")
        switch beginning {
        case .losesSpaces(0): return bytes
        case .losesSpaces(let count):
            let lost = min(bytes.prefix { $0 == space }.count, count)
            beginning = .losesSpaces(lost == bytes.count ? count - lost : 0)
            return bytes.dropFirst(lost)
        case .losesFirstSpaces:
            beginning = .losesSpaces(0)
            return ArraySlice(bytes.filter { $0 != space })
        }
    }

    /// Returns the rest: U+FFFD when a character was left unfinished, else nothing.
    package mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// How many bytes at the end may yet become a character.
    private static func unfinished(_ bytes: [UInt8]) -> Int {
        for length in stride(from: min(3, bytes.count), to: 0, by: -1)
        where isPrefixOfCharacter(bytes.suffix(length)) {
            return length
        }
        return 0
    }

    /// Whether bytes are the beginning, and not all, of a character (Unicode, table 3-7).
    private static func isPrefixOfCharacter(_ bytes: ArraySlice<UInt8>) -> Bool {
        let lead = bytes.first!
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return false
        }
        switch lead {
        case 0xE0: second = 0xA0...0xBF
        case 0xED: second = 0x80...0x9F
        case 0xF0: second = 0x90...0xBF
        case 0xF4: second = 0x80...0x8F
        default: break
        }
        guard bytes.count < length else { return false }
        let rest = bytes.dropFirst()
        return rest.prefix(1).allSatisfy(second.contains)
            && rest.dropFirst().allSatisfy { (0x80...0xBF).contains($0) }
    }
}
