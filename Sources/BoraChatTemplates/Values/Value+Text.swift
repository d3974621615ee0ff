/// How Python writes values: `str` for printing, `repr` inside containers.
extension Value {
    /// `str(value)`: what `{{ value }}` prints.
    var text: String {
        switch self {
        case .undefined: return ""
        case .string(let text), .markup(let text): return text
        default: return representation
        }
    }

    /// `repr(value)`.
    var representation: String {
        switch self {
        case .undefined: return "Undefined"
        case .none: return "None"
        case .boolean(let truth): return truth ? "True" : "False"
        case .integer(let number): return String(number)
        case .float(let number): return number.pythonText
        case .string(let text): return text.pythonLiteral
        case .markup(let text): return "Markup(\(text.pythonLiteral))"
        case .sequence(let sequence): return sequence.representation
        case .dictionary(let dictionary):
            let entries = dictionary.entries.map {
                "\($0.key.representation): \($0.value.representation)"
            }
            return "{\(entries.joined(separator: ", "))}"
        case .function(let name), .method(_, let name): return "<function \(name)>"
        case .object: return "<object>"
        }
    }
}

extension ValueSequence {
    fileprivate var representation: String {
        let list = elements.map(\.representation).joined(separator: ", ")
        switch kind {
        case .list: return "[\(list)]"
        case .tuple, .group: return elements.count == 1 ? "(\(list),)" : "(\(list))"
        case .keys, .values, .items: return "\(kind.rawValue)([\(list)])"
        case .range:
            let numbers = elements.compactMap(\.asInteger)
            guard let first = numbers.first, let last = numbers.last else { return "range(0, 0)" }
            guard numbers.count > 1 else { return "range(\(first), \(first + 1))" }
            let step = numbers[1] - first
            let end = last + step.signum()
            return step == 1
                ? "range(\(first), \(end))" : "range(\(first), \(end), \(step))"
        }
    }
}

extension Double {
    /// `repr(float)`: the shortest digits that read back as the same number, with an exponent below
    /// 1e-4 and from 1e16.
    var pythonText: String {
        guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
        guard self != 0 else { return sign == .minus ? "-0.0" : "0.0" }
        let parts = magnitude.description.split(separator: "e")
        let point = parts[0].split(separator: ".")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let fraction = point.count > 1 ? String(point[1]) : ""
        // The number is 0.DIGITS × 10^scale.
        let all = String(point[0]) + fraction
        let significant = all.drop { $0 == "0" }
        var digits = String(significant)
        let scale = point[0].count + exponent - (all.count - significant.count)
        while digits.last == "0" { digits.removeLast() }
        let minus = self < 0 ? "-" : ""
        return minus + Self.place(digits, scale: scale)
    }

    private static func place(_ digits: String, scale: Int) -> String {
        func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
        if scale > 16 || scale < -3 {
            let tail = digits.dropFirst()
            let power = abs(scale - 1)
            return "\(digits.prefix(1))\(tail.isEmpty ? "" : ".")\(tail)e"
                + "\(scale > 0 ? "+" : "-")\(power < 10 ? "0" : "")\(power)"
        }
        if scale <= 0 { return "0.\(zeros(-scale))\(digits)" }
        if digits.count <= scale { return "\(digits)\(zeros(scale - digits.count)).0" }
        return "\(digits.prefix(scale)).\(digits.dropFirst(scale))"
    }
}

extension String {
    /// `repr(str)`: in single quotes, unless only double ones spare an escape.
    fileprivate var pythonLiteral: String {
        let quote: Unicode.Scalar =
            unicodeScalars.contains("'") && !unicodeScalars.contains("\"") ? "\"" : "'"
        var literal = String.UnicodeScalarView()
        literal.append(quote)
        for scalar in unicodeScalars {
            switch scalar {
            case "\\", quote: literal.append(contentsOf: ["\\", scalar])
            case "\n": literal.append(contentsOf: ["\\", "n"])
            case "\r": literal.append(contentsOf: ["\\", "r"])
            case "\t": literal.append(contentsOf: ["\\", "t"])
            case _ where scalar.isPythonPrintable: literal.append(scalar)
            default: literal.append(contentsOf: scalar.pythonEscape.unicodeScalars)
            }
        }
        literal.append(quote)
        return String(literal)
    }
}

extension String {
    /// Without characters beyond ASCII, as `ascii` makes a representation.
    var asciiEscaped: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            text += scalar.isASCII ? String(scalar) : scalar.pythonEscape
        }
    }
}

extension Unicode.Scalar {
    /// `\x07`, `\u2028` or `\U000e0001`.
    fileprivate var pythonEscape: String {
        let (letter, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        let digits = String(value, radix: 16)
        return "\\\(letter)\(String(repeating: "0", count: width - digits.count))\(digits)"
    }

    /// `str.isprintable`: neither a control, format, private or unassigned character nor a
    /// separator other than the space.
    var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        case .spaceSeparator: self == " "
        default: true
        }
    }

    /// `str.isspace`.
    var isPythonSpace: Bool {
        properties.isWhitespace || (0x1C...0x1F).contains(value)
    }
}
