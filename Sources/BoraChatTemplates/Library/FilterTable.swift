/// The filters that follow `|`.
enum FilterTable {
    typealias Filter =
        @Sendable (Interpreter, Value, CallArguments) throws(TemplateError) -> Value

    static let all: [String: Filter] = [text, layout, values, json, sequences, selections]
        .reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    /// Filters of Jinja that make web pages or chance, which no prompt is made of.
    private static let others: Set = [
        "filesizeformat", "pprint", "random", "striptags", "urlize", "wordwrap", "xmlattr",
    ]

    static func unknown(_ name: String) -> TemplateError {
        others.contains(name)
            ? TemplateError(
                .unsupported, "Jinja's filter '\(name)' is not part of chat templates here")
            : TemplateError(.syntax, "there is no filter '\(name)'")
    }

    // MARK: Values

    private static let values: [String: Filter] = [
        "default": standard,
        "d": standard,
        "string": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("string")
            return .string(try interpreter.text(of: value))
        },
        "abs": { _, value, arguments throws(TemplateError) in
            try arguments.expectNone("abs")
            guard let number = value.asDouble else {
                throw TemplateError(.type, "'abs' takes a number, not '\(value.typeName)'")
            }
            return try number < 0 ? value.negated() : Value.apply(.add, .integer(0), value)
        },
        "int": { _, value, arguments throws(TemplateError) in
            let values = try arguments.bind("int", ["default", "base"])
            let base = try values[1].integer("base") ?? 10
            return try value.converted(base: base) ?? values[0] ?? .integer(0)
        },
        "float": { _, value, arguments throws(TemplateError) in
            let standard = try arguments.bind("float", ["default"])[0]
            switch value {
            case .undefined(let what): throw TemplateError(.undefined, what)
            case .string(let text):
                return Double(pythonText: text).map(Value.float) ?? standard ?? .float(0)
            default: return value.asDouble.map(Value.float) ?? standard ?? .float(0)
            }
        },
        "round": round,
        "attr": { interpreter, value, arguments throws(TemplateError) in
            let name = try arguments.bind("attr", ["name"], required: 1)[0].string("name") ?? ""
            if case .dictionary(let dictionary) = value, dictionary[name] != nil,
                DictionaryMethods.all[name] == nil
            {
                return .undefined("'dict object' has no attribute '\(name)'")
            }
            return try interpreter.attribute(name, of: value)
        },
    ]

    @Sendable private static func standard(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind("default", ["default_value", "boolean"])
        let isMissing = value.isUndefined || (values[1].isTrue && !value.isTrue)
        return isMissing ? values[0] ?? .string("") : value
    }

    @Sendable private static func round(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        try interpreter.spend(bytes: DecimalExpansion.footprint)
        let values = try arguments.bind("round", ["precision", "method"])
        let precision = try values[0].integer("precision") ?? 0
        let method = try values[1].string("method") ?? "common"
        guard let number = value.asDouble else {
            throw TemplateError(.type, "'round' takes a number, not '\(value.typeName)'")
        }
        guard (-300...300).contains(precision) else {
            throw TemplateError(.value, "the precision of 'round' is too large")
        }
        let scale = Value.powerOfTen(precision)
        switch method {
        case "common":
            guard let integer = value.asInteger else {
                return .float(number.isFinite ? number.rounded(places: precision) : number)
            }
            let isWhole = precision >= 0
            return .integer(isWhole ? integer : try integer.rounded(zeros: -precision))
        case "ceil": return .float((number * scale).rounded(.up) / scale)
        case "floor": return .float((number * scale).rounded(.down) / scale)
        default: throw TemplateError(.value, "'round' knows 'common', 'ceil' and 'floor'")
        }
    }

    // MARK: JSON

    private static let json: [String: Filter] = [
        // As `transformers` defines it, not Jinja: nothing is escaped for HTML.
        "tojson": { interpreter, value, arguments throws(TemplateError) in
            let values = try arguments.bind(
                "tojson", ["ensure_ascii", "indent", "separators", "sort_keys"])
            var style = JSONStyle()
            style.asciiOnly = values[0].isTrue
            style.sortsKeys = values[3].isTrue
            if case .string(let indent)? = values[1] {
                style.indent = indent
            } else if let width = try values[1].integer("indent") {
                style.indent = String(repeating: " ", count: min(max(width, 0), 1000))
            }
            if style.indent != nil { style.itemSeparator = "," }
            if case .sequence(let separators)? = values[2], separators.elements.count == 2 {
                style.itemSeparator = try interpreter.text(of: separators.elements[0])
                style.keySeparator = try interpreter.text(of: separators.elements[1])
            }
            let perItem =
                (style.indent?.utf8.count ?? 0) * value.depth + style.itemSeparator.utf8.count
                + style.keySeparator.utf8.count
            try interpreter.spend(bytes: value.weight, times: 1 + perItem / 16)
            return .string(try value.json(style))
        }
    ]
}

extension Value {
    static func powerOfTen(_ exponent: Int) -> Double {
        Double("1e\(exponent)") ?? 1
    }

    /// The value as an integer, from text in a base too; `nil` when it is none.
    fileprivate func converted(base: Int) throws(TemplateError) -> Value? {
        switch self {
        case .undefined(let what): throw TemplateError(.undefined, what)
        case .string(let text):
            if let number = Int(pythonText: text, base: base) { return .integer(number) }
            guard let number = Double(pythonText: text) else { return nil }
            return try Value.float(number).converted(base: base)
        case .float(let number):
            guard number.isFinite else { return nil }
            guard let integer = Int(exactly: number.rounded(.towardZero)) else {
                throw TemplateError(.limit, "the number is too large")
            }
            return .integer(integer)
        default: return asInteger.map(Value.integer)
        }
    }
}

extension Int {
    /// The nearest multiple of a power of ten, an even one when two are as near.
    fileprivate func rounded(zeros: Int) throws(TemplateError) -> Int {
        guard zeros < 19 else { return 0 }
        let unit = repeatElement(10, count: zeros).reduce(1, *)
        let (quotient, rest) = magnitude.quotientAndRemainder(dividingBy: UInt(unit))
        let half = UInt(unit) / 2
        let isUp = rest > half || (rest == half && !quotient.isMultiple(of: 2))
        let (product, overflow) = Int(quotient + (isUp ? 1 : 0))
            .multipliedReportingOverflow(by: unit)
        guard !overflow else { throw TemplateError(.limit, "the number is too large") }
        return self < 0 ? -product : product
    }

    /// Python's `int(text, base)`: space around it, single underscores inside and the base's prefix
    /// may stand.
    fileprivate init?(pythonText text: String, base: Int) {
        guard (2...36).contains(base), let digits = text.withoutSeparators else { return nil }
        let prefixes = [16: "0x", 8: "0o", 2: "0b"]
        var rest = digits.lowercased()
        let sign = rest.hasPrefix("-") ? "-" : ""
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
        if let prefix = prefixes[base], rest.hasPrefix(prefix) { rest.removeFirst(2) }
        guard let first = rest.first, first.isLetter || first.isNumber else { return nil }
        self.init(sign + rest, radix: base)
    }
}

extension Double {
    /// The number nearest to this one's decimal digits, rounded behind some of them.
    fileprivate func rounded(places: Int) -> Double {
        var expansion = DecimalExpansion(self)
        expansion.round(toDigits: expansion.point + places)
        let digits = String(decoding: expansion.digits.map { $0 + 48 }, as: UTF8.self)
        guard !digits.isEmpty else { return sign == .minus ? -0.0 : 0 }
        let rounded = Double("\(digits)e\(expansion.point - digits.count)") ?? self
        return sign == .minus ? -rounded : rounded
    }

    /// Python's `float(text)`.
    fileprivate init?(pythonText text: String) {
        guard let digits = text.withoutSeparators, !digits.lowercased().contains("x") else {
            return nil
        }
        self.init(digits)
    }
}

extension String {
    /// The text without space around it and underscores between digits; `nil` when one stands
    /// elsewhere.
    fileprivate var withoutSeparators: String? {
        let text = stripped(of: nil)
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        let isWellPlaced = zip(parts, parts.dropFirst()).allSatisfy { left, right in
            left.last?.isHexDigit == true && right.first?.isHexDigit == true
        }
        return isWellPlaced ? parts.joined() : nil
    }
}
