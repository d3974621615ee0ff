/// Python's `text % values`, which the `format` filter uses too.
extension Interpreter {
    /// The values that conversions take, one after the other or by name.
    private struct PrintfArguments {
        let values: ArraySlice<Value>
        private var rest: ArraySlice<Value>
        let named: ValueDictionary?

        init(_ value: Value) {
            named = if case .dictionary(let dictionary) = value { dictionary } else { nil }
            if case .sequence(let sequence) = value, sequence.kind == .tuple {
                values = sequence.elements[...]
            } else {
                values = [value]
            }
            rest = values
        }

        mutating func next() throws(TemplateError) -> Value {
            guard let value = rest.popFirst() else {
                throw TemplateError(.type, "there are fewer values than conversions ('%')")
            }
            return value
        }

        mutating func nextInteger() throws(TemplateError) -> Int {
            guard let number = try next().asInteger else {
                throw TemplateError(.type, "'*' of a conversion takes an integer")
            }
            return number
        }

        /// A value was taken by its name, and with it all that there are.
        mutating func takeAll() { rest = [] }

        /// Values that no conversion took. What has elements by key or position may be left.
        var isLeft: Bool {
            guard !rest.isEmpty, let first = values.first else { return false }
            guard values.count == 1 else { return true }
            switch first {
            case .dictionary, .undefined: return false
            case .sequence(let sequence): return !sequence.isIndexable
            default: return true
            }
        }
    }

    /// One conversion: `%(name)-05.1f`.
    private struct Conversion {
        var name: String?
        var isLeft = false
        var hasZeros = false
        var format = FormatSpecification()
        var type: Unicode.Scalar
    }

    func printf(_ format: String, _ values: Value) throws(TemplateError) -> String {
        var arguments = PrintfArguments(values)
        var text = ""
        var rest = Array(format.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            guard scalar == "%", rest.first != "%" else {
                if scalar == "%" { rest.removeFirst() }
                text.unicodeScalars.append(scalar)
                continue
            }
            let conversion = try Self.takeConversion(&rest, &arguments)
            let part = try step { () throws(TemplateError) in
                try formatted(conversion, &arguments)
            }
            try spend(bytes: part.utf8.count)
            text += part
        }
        guard !arguments.isLeft else {
            throw TemplateError(.type, "there are more values than conversions ('%')")
        }
        return text
    }

    private static func takeConversion(
        _ rest: inout ArraySlice<Unicode.Scalar>, _ arguments: inout PrintfArguments
    ) throws(TemplateError) -> Conversion {
        var conversion = Conversion(type: "%")
        if rest.first == "(" { conversion.name = try takeName(&rest) }
        flags: while let flag = rest.first {
            switch flag {
            case "-": conversion.isLeft = true
            case "0": conversion.hasZeros = true
            case "#": conversion.format.isAlternate = true
            case "+": conversion.format.sign = "+"
            case " ": conversion.format.sign = conversion.format.sign ?? " "
            default: break flags
            }
            rest.removeFirst()
        }
        func takeNumber() throws(TemplateError) -> Int? {
            guard rest.first == "*" else { return try FormatSpecification.takeNumber(&rest) }
            rest.removeFirst()
            let number = try arguments.nextInteger()
            guard abs(number) <= 1 << 30 else {
                throw TemplateError(.limit, "a width or precision is too large")
            }
            return number
        }
        let width = try takeNumber() ?? 0
        conversion.isLeft = conversion.isLeft || width < 0
        conversion.format.width = abs(width)
        if rest.first == "." {
            rest.removeFirst()
            conversion.format.precision = max(try takeNumber() ?? 0, 0)
        }
        while let next = rest.first, "hlL".unicodeScalars.contains(next) { rest.removeFirst() }
        guard let type = rest.popFirst() else {
            throw TemplateError(.value, "the text ends within a conversion ('%')")
        }
        conversion.type = type
        return conversion
    }

    /// A key in parentheses, which may hold others.
    private static func takeName(
        _ rest: inout ArraySlice<Unicode.Scalar>
    ) throws(TemplateError) -> String {
        rest.removeFirst()
        let start = rest
        var depth = 1
        while let next = rest.popFirst() {
            if next == "(" { depth += 1 }
            if next == ")" { depth -= 1 }
            if depth == 0 {
                return String(String.UnicodeScalarView(start[..<(rest.startIndex - 1)]))
            }
        }
        throw TemplateError(.value, "the key of a conversion ('%') has no end")
    }

    private func formatted(
        _ conversion: Conversion, _ arguments: inout PrintfArguments
    ) throws(TemplateError) -> String {
        var format = conversion.format
        try spend(bytes: format.footprint)
        let value: Value
        if let name = conversion.name {
            guard let named = arguments.named else {
                throw TemplateError(.type, "a conversion with a key takes a dictionary")
            }
            guard let element = named[name] else {
                throw TemplateError(.value, "there is no value '\(name)' for a conversion ('%')")
            }
            value = element
            arguments.takeAll()
        } else {
            value = try arguments.next()
        }
        switch conversion.type {
        case "s": return try text(try text(of: value), conversion)
        case "r": return try text(try representation(of: value), conversion)
        case "a": return try text(try representation(of: value).asciiEscaped, conversion)
        case "c": return try text(try character(value), conversion)
        default: break
        }
        format.alignment = conversion.isLeft ? "<" : conversion.hasZeros ? "=" : ">"
        format.fill = conversion.hasZeros && !conversion.isLeft ? "0" : " "
        format.type = conversion.type
        switch conversion.type {
        case "d", "i", "u", "o", "x", "X": return try integer(value, format)
        case "e", "E", "f", "F", "g", "G":
            guard let number = value.asDouble else { throw wrongType(value, conversion.type) }
            try spend(bytes: DecimalExpansion.footprint)
            return try format.formatted(float: number)
        default:
            throw TemplateError(.value, "there is no conversion '%\(conversion.type)'")
        }
    }

    private func integer(
        _ value: Value, _ format: FormatSpecification
    ) throws(TemplateError) -> String {
        var format = format
        let number: Int
        let isDecimal = !"oxX".unicodeScalars.contains(format.type!)
        if isDecimal, case .float(let float) = value {
            guard let integer = Int(exactly: float.rounded(.towardZero)) else {
                throw TemplateError(.limit, "the number is too large")
            }
            number = integer
        } else {
            guard let integer = value.asInteger else { throw wrongType(value, format.type!) }
            number = integer
        }
        if isDecimal { format.type = "d" }
        return try format.formatted(integer: number, atLeast: format.precision ?? 0)
    }

    private func wrongType(_ value: Value, _ type: Unicode.Scalar) -> TemplateError {
        TemplateError(.type, "'%\(type)' takes a number, not '\(value.typeName)'")
    }

    /// The text of a value, cut to the precision and filled up to the width.
    private func text(_ text: String, _ conversion: Conversion) throws(TemplateError) -> String {
        var format = FormatSpecification()
        format.width = conversion.format.width
        format.precision = conversion.type == "c" ? nil : conversion.format.precision
        format.alignment = conversion.isLeft ? "<" : ">"
        return try format.formatted(text: text)
    }

    private func character(_ value: Value) throws(TemplateError) -> String {
        if case .string(let text) = value, text.length == 1 { return text }
        guard let code = value.asInteger,
            let scalar = UInt32(exactly: code).flatMap({ Unicode.Scalar($0) })
        else {
            throw TemplateError(.type, "'%c' takes a character or its code")
        }
        return String(scalar)
    }
}
