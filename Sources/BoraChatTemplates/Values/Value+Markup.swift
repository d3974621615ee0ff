/// Text that counts as HTML already (`| safe`, `| escape`): adding other text to it escapes that.
/// Nothing else of Jinja's escaping is on in chat templates.
extension Value {
    var isMarkup: Bool {
        if case .markup = self { true } else { false }
    }

    /// The value as any other text.
    var withoutMarkup: Value {
        if case .markup(let text) = self { .string(text) } else { self }
    }

    /// Text as markup; other values as they are.
    var asMarkup: Value {
        if case .string(let text) = self { .markup(text) } else { self }
    }

    /// What is added to markup: text is escaped.
    private var escaped: Value {
        if case .string(let text) = self { .string(text.escapedForHTML) } else { withoutMarkup }
    }

    /// `+`, `*` and other operators on values one of which is markup.
    static func applyToMarkup(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) throws(TemplateError) -> Value {
        guard operation == .add else {
            return try apply(operation, left.withoutMarkup, right.withoutMarkup).asMarkup
        }
        return try apply(.add, left.escaped, right.escaped).asMarkup
    }
}

extension CallArguments {
    var withoutMarkup: CallArguments {
        CallArguments(
            positional: positional.map(\.withoutMarkup),
            named: named.map { ($0.name, $0.value.withoutMarkup) })
    }
}

extension FilterTable {
    /// Filters that leave markup as it is.
    static let escaping: Set = ["escape", "e", "safe", "string", "default", "d"]
    /// Filters that make markup of any value.
    static let makingMarkup: Set = ["safe", "escape", "e", "forceescape"]
    /// Filters that make markup of markup.
    static let keepingMarkup: Set = [
        "capitalize", "center", "indent", "lower", "reverse", "title", "trim", "truncate", "upper",
    ]
}

extension String {
    /// With the characters that mean something in HTML written otherwise.
    var escapedForHTML: String {
        unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&#39;"
            case "\"": result += "&#34;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
