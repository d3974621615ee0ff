/// How the `tojson` filter of chat templates writes values: Python's `json.dumps`.
struct JSONStyle {
    /// What one level is indented by; `nil` keeps all on one line.
    var indent: String?
    var itemSeparator = ", "
    var keySeparator = ": "
    var asciiOnly = false
    var sortsKeys = false
}

extension Value {
    func json(_ style: JSONStyle, level: Int = 0) throws(TemplateError) -> String {
        switch self {
        case .none: return "null"
        case .boolean(let truth): return truth ? "true" : "false"
        case .integer(let number): return String(number)
        case .float(let number): return number.jsonText
        case .string(let text): return text.jsonLiteral(asciiOnly: style.asciiOnly)
        case .sequence(let sequence) where [.list, .tuple, .group].contains(sequence.kind):
            var items: [String] = []
            for element in sequence.elements {
                items.append(try element.json(style, level: level + 1))
            }
            return Self.bracket("[", items, "]", style, level)
        case .dictionary(let dictionary):
            var entries = dictionary.entries
            if style.sortsKeys {
                entries = try entries.stablySorted { left, right throws(TemplateError) in
                    try Value.precedes(left.key, right.key)
                }
            }
            var items: [String] = []
            for (key, value) in entries {
                let name = try key.jsonKey().jsonLiteral(asciiOnly: style.asciiOnly)
                items.append(name + style.keySeparator + (try value.json(style, level: level + 1)))
            }
            return Self.bracket("{", items, "}", style, level)
        default:
            throw TemplateError(.type, "'\(typeName)' cannot be written as JSON")
        }
    }

    private static func bracket(
        _ open: String, _ items: [String], _ close: String, _ style: JSONStyle, _ level: Int
    ) -> String {
        guard let indent = style.indent, !items.isEmpty else {
            return open + items.joined(separator: style.itemSeparator) + close
        }
        let outer = "\n" + String(repeating: indent, count: level)
        let inner = outer + indent
        return open + inner + items.joined(separator: style.itemSeparator + inner) + outer + close
    }

    private func jsonKey() throws(TemplateError) -> String {
        switch self {
        case .string(let text): text
        case .none, .boolean, .integer, .float: try json(JSONStyle())
        default: throw TemplateError(.type, "'\(typeName)' cannot be a key in JSON")
        }
    }
}

extension Double {
    fileprivate var jsonText: String {
        isFinite ? pythonText : isNaN ? "NaN" : self < 0 ? "-Infinity" : "Infinity"
    }
}

extension String {
    fileprivate func jsonLiteral(asciiOnly: Bool) -> String {
        var literal = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            case "\u{08}": literal += "\\b"
            case "\u{0C}": literal += "\\f"
            case _ where scalar.value < 0x20 || (asciiOnly && scalar.value > 0x7E):
                for unit in UTF16.encode(scalar)! {
                    let digits = String(unit, radix: 16)
                    literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }
}
