/// Reads a JSON document (RFC 8259) front to back. Keys must differ within an object, and nesting
/// is bounded. Beyond the RFC it takes `NaN`, `Infinity` and `-Infinity`, which Python's `json`
/// writes into model configurations.
struct JSONParser: ~Escapable {
    private let name: String
    private let bytes: RawSpan
    private let largeIntegers: JSONValue.LargeIntegers
    private var offset = 0
    private var depth = 0

    /// How deep arrays and objects may nest: beyond any real file, within any stack.
    private static let maximumDepth = 200

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, name: String, largeIntegers: JSONValue.LargeIntegers) {
        self.bytes = bytes
        self.name = name
        self.largeIntegers = largeIntegers
    }

    mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try value()
        skipSpace()
        guard offset == bytes.byteCount else {
            throw error(.trailingCharacters, "something follows the document's end")
        }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch try peek() {
        case UInt8(ascii: "{"):
            return .object(
                try nested { parser throws(JSONError) in
                    try parser.object()
                })
        case UInt8(ascii: "["):
            return .array(
                try nested { parser throws(JSONError) in
                    try parser.array()
                })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "N"): return try literal("NaN", .number(.nan))
        case UInt8(ascii: "I"): return try literal("Infinity", .number(.infinity))
        default: return try number()
        }
    }

    private mutating func nested<Value>(
        _ read: (inout JSONParser) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw error(.nestingTooDeep, "values are nested more than \(Self.maximumDepth) deep")
        }
        offset += 1
        skipSpace()
        return try read(&self)
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        var object = JSONObject()
        guard try !take(UInt8(ascii: "}")) else { return object }
        while true {
            let start = offset
            guard try peek() == UInt8(ascii: "\"") else {
                throw error(.unexpectedCharacter, "an object's key must be a string")
            }
            let key = try string()
            skipSpace()
            guard try take(UInt8(ascii: ":")) else {
                throw error(.unexpectedCharacter, "a colon must follow an object's key")
            }
            skipSpace()
            guard object.append(key, try value()) else {
                throw error(.duplicateKey, at: start, "a key occurs twice in one object")
            }
            guard try isContinued(until: UInt8(ascii: "}")) else { return object }
        }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        var values: [JSONValue] = []
        guard try !take(UInt8(ascii: "]")) else { return values }
        while true {
            values.append(try value())
            guard try isContinued(until: UInt8(ascii: "]")) else { return values }
        }
    }

    /// Moves past a comma, or past the end of the array or object.
    private mutating func isContinued(until end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard try !take(end) else { return false }
        guard try take(UInt8(ascii: ",")) else {
            throw error(.unexpectedCharacter, "a comma or the end of the list must follow")
        }
        skipSpace()
        return true
    }

    private mutating func literal(
        _ text: StaticString, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        let letters = "\(text)".utf8
        guard letters.count <= bytes.byteCount - offset else {
            throw error(.truncated, "the document ends within a word")
        }
        guard zip(0..., letters).allSatisfy({ bytes.integer(at: offset + $0) == $1 }) else {
            throw error(.unexpectedCharacter, "this is no JSON value")
        }
        offset += letters.count
        return value
    }
}

// MARK: Strings

extension JSONParser {
    private mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        var isPlain = true
        while true {
            let byte = try peek()
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else {
                throw error(.invalidText, "a control character in a string must be escaped")
            }
            isPlain = isPlain && byte != UInt8(ascii: "\\")
            offset += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        let range = start..<offset
        offset += 1
        if isPlain { return try text(range) }
        return try unescaped(range)
    }

    private func text(_ range: Range<Int>) throws(JSONError) -> String {
        guard let text = bytes.extracting(range).text() else {
            throw error(.invalidText, at: range.lowerBound, "a string is not valid UTF-8")
        }
        return text
    }

    private func unescaped(_ range: Range<Int>) throws(JSONError) -> String {
        var result = ""
        var position = range.lowerBound
        var plainStart = position
        while position < range.upperBound {
            guard byte(position) == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            result += try text(plainStart..<position)
            result.unicodeScalars.append(try escape(&position, end: range.upperBound))
            plainStart = position
        }
        return result + (try text(plainStart..<range.upperBound))
    }

    /// Moves past one escape, or a pair of them that stand for one character.
    private func escape(_ position: inout Int, end: Int) throws(JSONError) -> Unicode.Scalar {
        let start = position
        position += 2
        switch byte(start + 1) {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw error(.invalidEscape, at: start, "JSON does not have this escape")
        }
        var code = try hexadecimal(&position, end: end)
        if 0xD800...0xDBFF ~= code, position + 6 <= end, byte(position) == UInt8(ascii: "\\"),
            byte(position + 1) == UInt8(ascii: "u")
        {
            position += 2
            let low = try hexadecimal(&position, end: end)
            guard 0xDC00...0xDFFF ~= low else {
                throw error(.invalidEscape, at: start, "half of a surrogate pair stands alone")
            }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw error(.invalidEscape, at: start, "half of a surrogate pair stands alone")
        }
        return scalar
    }

    private func hexadecimal(_ position: inout Int, end: Int) throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for index in position..<position + 4 {
            let character = index < end ? Character(Unicode.Scalar(byte(index))) : " "
            guard let digit = character.hexDigitValue else {
                throw error(.invalidEscape, at: index, "four hexadecimal digits must follow \\u")
            }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }
}

// MARK: Numbers

extension JSONParser {
    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        let isNegative = try take(UInt8(ascii: "-"))
        if isNegative, try peek() == UInt8(ascii: "I") {
            return try literal("Infinity", .number(-.infinity))
        }
        let first = offset
        let digits = skipDigits()
        guard digits > 0 else { throw error(.unexpectedCharacter, "a value is expected here") }
        guard digits == 1 || byte(first) != UInt8(ascii: "0") else {
            throw error(.invalidNumber, at: start, "a number must not begin with a zero")
        }
        var isInteger = true
        if offset < bytes.byteCount, byte(offset) == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try requireDigits()
        }
        if offset < bytes.byteCount, byte(offset) | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if offset < bytes.byteCount,
                byte(offset) == UInt8(ascii: "+") || byte(offset) == UInt8(ascii: "-")
            {
                offset += 1
            }
            try requireDigits()
        }
        let text = try text(start..<offset)
        if isInteger {
            if let value = Int(text) { return .integer(value) }
            guard largeIntegers == .rounded else {
                throw error(.invalidNumber, at: start, "an integer needs more than 64 bits")
            }
        }
        guard let value = Double(text), value.isFinite else {
            throw error(.invalidNumber, at: start, "a number is too large")
        }
        return .number(value)
    }

    private mutating func requireDigits() throws(JSONError) {
        guard skipDigits() > 0 else {
            throw error(.invalidNumber, "a number lacks the digits that belong here")
        }
    }

    private mutating func skipDigits() -> Int {
        let start = offset
        while offset < bytes.byteCount, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte(offset) {
            offset += 1
        }
        return offset - start
    }
}

// MARK: Bytes

extension JSONParser {
    private func byte(_ offset: Int) -> UInt8 { bytes.integer(at: offset) }

    private func peek() throws(JSONError) -> UInt8 {
        guard offset < bytes.byteCount else {
            throw error(.truncated, at: bytes.byteCount, "the document ends too early")
        }
        return byte(offset)
    }

    /// Moves past a byte if it comes next.
    private mutating func take(_ expected: UInt8) throws(JSONError) -> Bool {
        guard try peek() == expected else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while offset < bytes.byteCount {
            switch byte(offset) {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private func error(
        _ code: JSONError.Code, at offset: Int? = nil, _ explanation: String
    ) -> JSONError {
        JSONError(code: code, file: name, offset: offset ?? self.offset, explanation: explanation)
    }
}
