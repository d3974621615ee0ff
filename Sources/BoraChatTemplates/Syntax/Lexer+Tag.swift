/// The tokens inside `{{ }}` and `{% %}`.
extension Lexer {
    mutating func lexTag(isBlock: Bool) throws(TemplateError) {
        closers = []
        while position < source.count {
            if closers.isEmpty, takeTagEnd(isBlock: isBlock) { return }
            let start = position
            let next = source[start]
            if next.isPythonSpace {
                skipSpace()
            } else if next.isDigit {
                append(try lexNumber(), at: start)
            } else if next.isNameScalar {
                while let next = peek(), next.isNameScalar { position += 1 }
                append(.name(text(start..<position)), at: start)
            } else if next == "'" || next == "\"" {
                append(.string(try lexString(quote: next)), at: start)
            } else {
                append(.symbol(try lexSymbol()), at: start)
            }
        }
    }

    private mutating func takeTagEnd(isBlock: Bool) -> Bool {
        let start = position
        let sign = peek()
        if sign == "-" || (sign == "+" && isBlock) { position += 1 }
        if isBlock, take("%}") {
            append(.blockEnd, at: start)
            skipAfterBlock(sign: sign)
            return true
        }
        if !isBlock, take("}}") {
            append(.outputEnd, at: start)
            if sign == "-" { skipSpace() }
            return true
        }
        position = start
        return false
    }

    private mutating func lexSymbol() throws(TemplateError) -> Token.Symbol {
        let start = position
        for length in [2, 1] where start + length <= source.count {
            guard let symbol = Token.Symbol(rawValue: text(start..<start + length)) else {
                continue
            }
            position += length
            try balance(symbol, at: start)
            return symbol
        }
        throw TemplateError(
            .syntax, "unexpected character '\(source[start])'", at: location(of: start))
    }

    private mutating func balance(_ symbol: Token.Symbol, at start: Int) throws(TemplateError) {
        switch symbol {
        case .openParenthesis: closers.append(.closeParenthesis)
        case .openBracket: closers.append(.closeBracket)
        case .openBrace: closers.append(.closeBrace)
        case .closeParenthesis, .closeBracket, .closeBrace:
            guard closers.popLast() == symbol else {
                throw TemplateError(
                    .syntax, "'\(symbol.rawValue)' closes no such bracket",
                    at: location(of: start))
            }
        default: break
        }
    }

    /// `12`, `1_000`, `0xff`, `0o17`, `0b11`, `1.5`, `2e-3`.
    private mutating func lexNumber() throws(TemplateError) -> Token.Kind {
        let start = position
        if peek() == "0", let letter = peek(1), let radix = Self.radix(of: letter),
            takeDigits(radix: radix, skipping: 2)
        {
            return try integer(text(start + 2..<position), radix: radix, at: start)
        }
        // Python's integers do not start with a zero, floats may; `x.1.2` holds no float.
        let followsDot = start > 0 && source[start - 1] == "."
        _ = takeDigits(radix: 10, skipping: 0)
        let integerEnd = position
        if !followsDot {
            var isFloat = peek() == "." && takeDigits(radix: 10, skipping: 1)
            if peek() == "e" || peek() == "E" {
                let sign = peek(1) == "+" || peek(1) == "-"
                isFloat = takeDigits(radix: 10, skipping: sign ? 2 : 1) || isFloat
            }
            if isFloat, let number = Double(text(start..<position).filter { $0 != "_" }) {
                return .float(number)
            }
        }
        position = integerEnd
        let digits = text(start..<position)
        if digits.first == "0" {
            let zeros = digits.prefix { $0 == "0" || $0 == "_" }
            position = start + zeros.count - (zeros.last == "_" ? 1 : 0)
            return .integer(0)
        }
        return try integer(digits, radix: 10, at: start)
    }

    private mutating func integer(
        _ digits: String, radix: Int, at start: Int
    ) throws(TemplateError) -> Token.Kind {
        guard let number = Int(digits.filter { $0 != "_" }, radix: radix) else {
            throw TemplateError(.limit, "the number is too large", at: location(of: start))
        }
        return .integer(number)
    }

    private static func radix(of letter: Unicode.Scalar) -> Int? {
        switch letter {
        case "x", "X": 16
        case "o", "O": 8
        case "b", "B": 2
        default: nil
        }
    }

    /// Takes digits with single underscores between them, after `skipping` other code points.
    private mutating func takeDigits(radix: Int, skipping: Int) -> Bool {
        func isDigit(_ offset: Int) -> Bool {
            guard let scalar = peek(offset), scalar.isASCII else { return false }
            return Character(scalar).hexDigitValue.map { $0 < radix } ?? false
        }
        var length = skipping
        if radix != 10, peek(length) == "_" { length += 1 }
        guard isDigit(length) else { return false }
        while isDigit(length) || (peek(length) == "_" && isDigit(length + 1)) { length += 1 }
        position += length
        return true
    }

    private mutating func lexString(quote: Unicode.Scalar) throws(TemplateError) -> String {
        let start = position
        var content = String.UnicodeScalarView()
        position += 1
        while let next = peek() {
            position += 1
            if next == quote { return String(content) }
            if next == "\\" {
                try lexEscape(into: &content)
            } else {
                content.append(next)
            }
        }
        throw TemplateError(.syntax, "the string has no end", at: location(of: start))
    }

    /// An escape of Python's string literals; one that Python does not know stays as it is.
    private mutating func lexEscape(
        into content: inout String.UnicodeScalarView
    ) throws(TemplateError) {
        guard let letter = peek() else { return }
        let start = position - 1
        position += 1
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "\\": "\\", "'": "'", "\"": "\"", "n": "\n", "r": "\r", "t": "\t",
            "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "v": "\u{0B}",
        ]
        let widths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
        if let scalar = plain[letter] {
            content.append(scalar)
        } else if let width = widths[letter] {
            content.append(try lexCodePoint(radix: 16, digits: width...width, at: start))
        } else if ("0"..."7").contains(letter) {
            position -= 1
            content.append(try lexCodePoint(radix: 8, digits: 1...3, at: start))
        } else if letter == "N" {
            throw TemplateError(
                .unsupported, "character names (\\N{…}) are not known here",
                at: location(of: start))
        } else if letter != "\n" {
            content.append(contentsOf: ["\\", letter])
        }
    }

    private mutating func lexCodePoint(
        radix: UInt32, digits: ClosedRange<Int>, at start: Int
    ) throws(TemplateError) -> Unicode.Scalar {
        var code: UInt32 = 0
        var count = 0
        while count < digits.upperBound, let next = peek(), next.isASCII,
            let digit = Character(next).hexDigitValue, digit < radix
        {
            code = code &* radix &+ UInt32(digit)
            count += 1
            position += 1
        }
        guard count >= digits.lowerBound, let scalar = Unicode.Scalar(code) else {
            throw TemplateError(
                .syntax, "the escape is not that of a character", at: location(of: start))
        }
        return scalar
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }

    /// Letters, digits and underscores of any script.
    fileprivate var isNameScalar: Bool {
        self == "_" || properties.isAlphabetic || properties.numericType != nil
    }
}
