/// Writes a regular expression of Oniguruma, with which Hugging Face's `tokenizers` reads
/// `tokenizer.json`, for PCRE2 (Oniguruma's `doc/RE`, the Ruby syntax; `pcre2pattern`).
///
/// Most is the same. What differs: white space and word characters are Unicode's; `\h` is a
/// hexadecimal digit; classes nest and intersect; a `+` after `{2,3}` repeats. What has no
/// counterpart is refused.
struct PatternTranslator {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var output = ""
    /// Where the last atom begins in the output, for quantifiers of it.
    private var atom: String.Index?
    /// Where the groups that are open begin.
    private var groups: [String.Index] = []

    private struct Refusal: Error {
        let reason: String
    }

    private static let word =
        #"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}"#
        + #"\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}"#
    private static let backslash: Unicode.Scalar = "\u{5C}"
    private static let hexadecimal = "0-9A-Fa-f"

    /// - Throws: when the pattern uses what PCRE2 does not have, naming it.
    static func translate(_ pattern: String) throws(TokenizerError) -> String {
        var translator = PatternTranslator(scalars: Array(pattern.unicodeScalars))
        do {
            while translator.position < translator.scalars.count { try translator.next() }
            return translator.output
        } catch {
            throw TokenizerError(
                .unknownPattern,
                "the pattern \(Pattern.quoted(pattern)) is not one that Bora can use: "
                    + "\(error.reason). Use another model")
        }
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func append(atom text: String) {
        atom = output.endIndex
        output += text
    }

    // MARK: Outside classes

    private mutating func next() throws(Refusal) {
        let scalar = scalars[position]
        switch scalar {
        case Self.backslash: try escape()
        case "[":
            position += 1
            append(atom: try characterClass(depth: 0))
        case "(": try openGroup()
        case ")":
            position += 1
            guard let start = groups.popLast() else { throw Refusal(reason: "a ) is too many") }
            output += ")"
            atom = start
        case "{": try interval()
        case "|":
            position += 1
            output += "|"
            atom = nil
        case "*", "+", "?":
            position += 1
            output.unicodeScalars.append(scalar)
        default:
            position += 1
            append(atom: String(scalar))
        }
    }

    private mutating func escape() throws(Refusal) {
        guard let scalar = peek(1) else { throw Refusal(reason: "it ends with a backslash") }
        switch scalar {
        case "S": append(atom: "[^\(Patterns.space)]")
        case "W": append(atom: "[^\(Self.word)]")
        case "H": append(atom: "[^\(Self.hexadecimal)]")
        case "b": append(atom: Self.boundary("!", "="))
        case "B": append(atom: Self.boundary("=", "!"))
        case "A", "z", "Z", "G", "R", "X", "1"..."9", "k":
            append(atom: "\\\(scalar)")
        default:
            let set = try escapedSet()
            let isOne = set.unicodeScalars.first == Self.backslash && !set.contains("-")
            append(atom: isOne ? set : "[\(set)]")
            return
        }
        position += 2
    }

    /// Where a word character comes before and what follows is `after`, or none does and what
    /// follows is `afterNone`: `=` for a word character, `!` for none.
    private static func boundary(_ after: String, _ afterNone: String) -> String {
        let set = "[" + word + "]"
        return "(?:(?<=" + set + ")(?" + after + set + ")|(?<!" + set + ")(?" + afterNone + set
            + "))"
    }

    /// Takes an escape that stands for characters, and writes it as within a class.
    private mutating func escapedSet() throws(Refusal) -> String {
        guard let scalar = peek(1) else { throw Refusal(reason: "it ends with a backslash") }
        position += 2
        switch scalar {
        case "s": return Patterns.space
        case "w": return Self.word
        case "h": return Self.hexadecimal
        case "v": return #"\x0B"#
        case "d", "D", "t", "n", "r", "f", "a", "e", "0": return "\\\(scalar)"
        case "p", "P": return "\\\(scalar)" + (try braces())
        case "x": return #"\x"# + (peek() == "{" ? try braces() : "")
        case "u":
            let digits = scalars[position...].prefix(4)
            guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit) else {
                throw Refusal(reason: "\\u needs four digits")
            }
            position += 4
            return #"\x{\#(String(String.UnicodeScalarView(digits)))}"#
        case "A"..."Z", "a"..."z", "1"..."9":
            throw Refusal(reason: "\\\(scalar) has no counterpart in PCRE2")
        default: return "\\\(scalar)"
        }
    }

    /// Takes `{…}`.
    private mutating func braces() throws(Refusal) -> String {
        guard peek() == "{", let end = scalars[position...].firstIndex(of: "}") else {
            throw Refusal(reason: "braces must follow \\p")
        }
        defer { position = end + 1 }
        return String(String.UnicodeScalarView(scalars[position...end]))
    }

    private mutating func openGroup() throws(Refusal) {
        groups.append(output.endIndex)
        position += 1
        guard peek() == "?" else {
            output += "("
            return
        }
        for opening in ["?:", "?=", "?!", "?>", "?<=", "?<!"] where take(opening) {
            output += "(" + opening
            return
        }
        let options = scalars[(position + 1)...].prefix { "imx-".unicodeScalars.contains($0) }
        let end = position + 1 + options.count
        let isGlobal = end < scalars.count && scalars[end] == ")" && position == 1
        guard !options.isEmpty, end < scalars.count, scalars[end] == ":" || isGlobal else {
            throw Refusal(reason: "a group of a kind that PCRE2 does not have alike")
        }
        // What Ruby calls multi-line, PCRE2 calls single-line.
        let letters = options.map { $0 == "m" ? "s" : String($0) }.joined()
        output += "(?\(letters)" + (isGlobal ? "" : ":")
        position = isGlobal ? end : end + 1
    }

    /// Takes `{2,3}`; other braces are themselves.
    private mutating func interval() throws(Refusal) {
        let body = scalars[(position + 1)...].prefix { $0 != "}" }
        let parts = body.split(separator: ",", omittingEmptySubsequences: false)
        let isNumeric = parts.allSatisfy { $0.allSatisfy { ("0"..."9").contains($0) } }
        let end = position + 1 + body.count
        guard end < scalars.count, isNumeric, (1...2).contains(parts.count),
            parts.contains(where: { !$0.isEmpty }), let atom
        else {
            position += 1
            append(atom: "\\{")
            return
        }
        let numbers = parts.map { String(String.UnicodeScalarView($0)) }
        let lower = numbers[0].isEmpty ? "0" : numbers[0]
        output += numbers.count == 1 ? "{\(lower)}" : "{\(lower),\(numbers[1])}"
        position = end + 1
        // In Ruby's syntax these repeat the repetition.
        if peek() == "+" || peek() == "?" && numbers.count == 1 {
            output.insert(contentsOf: "(?:", at: atom)
            output += ")"
        }
    }

    // MARK: Classes

    /// Takes a class after its bracket, and writes an atom that matches one character.
    private mutating func characterClass(depth: Int) throws(Refusal) -> String {
        guard depth < 20 else { throw Refusal(reason: "classes are nested too deep") }
        let isNegated = take("^")
        // Sets that a character must be in, all of them, each a union of alternatives.
        var intersection: [String] = []
        var items = ""
        var nested: [String] = []
        func union() -> String {
            let own = items.isEmpty ? [] : ["[\(items)]"]
            let alternatives = own + nested
            return alternatives.count == 1
                ? alternatives[0] : "(?:\(alternatives.joined(separator: "|")))"
        }
        var isFirst = true
        while true {
            guard let scalar = peek() else { throw Refusal(reason: "a class is not closed") }
            if scalar == "]", !isFirst { break }
            isFirst = false
            if take("&&") {
                intersection.append(union())
                items = ""
                nested = []
            } else if scalar == "[" {
                if let name = posixClass() {
                    items += name
                } else {
                    position += 1
                    nested.append(try characterClass(depth: depth + 1))
                }
            } else if scalar == Self.backslash {
                switch peek(1) {
                case "S":
                    nested.append("[^\(Patterns.space)]")
                    position += 2
                case "W":
                    nested.append("[^\(Self.word)]")
                    position += 2
                case "H":
                    nested.append("[^\(Self.hexadecimal)]")
                    position += 2
                default: items += try escapedSet()
                }
            } else {
                position += 1
                items += scalar == "]" ? "\\]" : String(scalar)
            }
        }
        position += 1
        guard !items.isEmpty || !nested.isEmpty else { throw Refusal(reason: "a class is empty") }
        let last = union()
        if intersection.isEmpty, nested.isEmpty { return "[\(isNegated ? "^" : "")\(items)]" }
        let set = intersection.map { "(?=\($0))" }.joined() + last
        return isNegated ? "(?:(?!\(set))(?s:.))" : "(?:\(set))"
    }

    /// Takes `[:alpha:]`.
    private mutating func posixClass() -> String? {
        guard peek(1) == ":", let end = scalars[position...].firstIndex(of: "]"),
            scalars[end - 1] == ":", end > position + 2
        else { return nil }
        defer { position = end + 1 }
        return String(String.UnicodeScalarView(scalars[position...end]))
    }
}
