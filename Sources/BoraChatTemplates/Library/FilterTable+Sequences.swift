/// Filters that read or reorder what has elements.
extension FilterTable {
    static let sequences: [String: Filter] = [
        "length": length,
        "count": length,
        "list": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("list")
            return .list(try interpreter.elements(of: value))
        },
        "first": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("first")
            return try interpreter.elements(of: value).first
                ?? .undefined("there is no first item: the sequence is empty")
        },
        "last": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("last")
            return try interpreter.elements(of: value).last
                ?? .undefined("there is no last item: the sequence is empty")
        },
        "reverse": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("reverse")
            if case .string(let text) = value {
                return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
            }
            let reversed = Array(try interpreter.elements(of: value).reversed())
            return try interpreter.generator { _ in reversed }
        },
        "join": { interpreter, value, arguments throws(TemplateError) in
            let values = try arguments.bind("join", ["d", "attribute"])
            let separator = try interpreter.text(of: values[0] ?? .string(""))
            var parts: [String] = []
            for element in try interpreter.elements(of: value) {
                let part = try interpreter.attribute(at: values[1], of: element)
                parts.append(try interpreter.text(of: part))
            }
            return .string(try interpreter.join(parts, with: separator))
        },
        "items": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("items")
            return try interpreter.generator { _ throws(TemplateError) in
                switch value {
                case .undefined: return []
                case .dictionary(let dictionary): return dictionary.items
                default:
                    throw TemplateError(
                        .type, "'items' takes a dictionary, not '\(value.typeName)'")
                }
            }
        },
        "dictsort": dictionarySort,
        "sort": { interpreter, value, arguments throws(TemplateError) in
            let values = try arguments.bind("sort", ["reverse", "case_sensitive", "attribute"])
            let sorted = try interpreter.sorted(
                try interpreter.elements(of: value), isReversed: values[0].isTrue
            ) { element throws(TemplateError) in
                try interpreter.sortKeys(element, values[2], caseSensitive: values[1].isTrue)
            }
            return .list(sorted)
        },
        "min": { interpreter, value, arguments throws(TemplateError) in
            try extreme("min", interpreter, value, arguments)
        },
        "max": { interpreter, value, arguments throws(TemplateError) in
            try extreme("max", interpreter, value, arguments)
        },
        "sum": { interpreter, value, arguments throws(TemplateError) in
            let values = try arguments.bind("sum", ["attribute", "start"])
            var sum = values[1] ?? .integer(0)
            for element in try interpreter.elements(of: value) {
                let part = try interpreter.attribute(at: values[0], of: element)
                try interpreter.spend(bytes: sum.footprint)
                sum = try Value.apply(.add, sum, part)
            }
            return sum
        },
    ]

    @Sendable private static func length(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        try arguments.expectNone("length")
        guard let count = value.count else {
            throw TemplateError(.type, "a '\(value.typeName)' has no length")
        }
        return .integer(count)
    }

    @Sendable private static func dictionarySort(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind("dictsort", ["case_sensitive", "by", "reverse"])
        let by = try values[1].string("by") ?? "key"
        guard case .dictionary(let dictionary) = value, by == "key" || by == "value" else {
            throw TemplateError(.type, "'dictsort' sorts a dictionary by 'key' or by 'value'")
        }
        let sorted = try interpreter.sorted(dictionary.items, isReversed: values[2].isTrue) {
            pair throws(TemplateError) in
            let key = try interpreter.element(.integer(by == "key" ? 0 : 1), of: pair)
            return [key.folded(unless: values[0].isTrue)]
        }
        return .list(sorted)
    }

    private static func extreme(
        _ name: String, _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind(name, ["case_sensitive", "attribute"])
        var best: (key: Value, element: Value)?
        for element in try interpreter.elements(of: value) {
            let key = try interpreter.attribute(at: values[1], of: element)
                .folded(unless: values[0].isTrue)
            try interpreter.spend(bytes: key.weight)
            let isBetter =
                switch best {
                case nil: true
                case .some(let best):
                    name == "min"
                        ? try Value.precedes(key, best.key) : try Value.precedes(best.key, key)
                }
            if isBetter { best = (key, element) }
        }
        return best?.element ?? .undefined("the sequence of '\(name)' is empty")
    }
}

extension Interpreter {
    /// The elements in the order of their keys, which are compared one after the other.
    fileprivate func sorted(
        _ elements: [Value], isReversed: Bool,
        keys: (Value) throws(TemplateError) -> [Value]
    ) throws(TemplateError) -> [Value] {
        var decorated: [(key: Value, element: Value)] = []
        for element in elements {
            let parts = try keys(element)
            decorated.append((.list(parts), element))
        }
        return try decorated.stablySorted { left, right throws(TemplateError) in
            try spend(bytes: min(left.key.weight, right.key.weight))
            return isReversed
                ? try Value.precedes(right.key, left.key)
                : try Value.precedes(left.key, right.key)
        }.map(\.element)
    }

    /// The parts of a sort key: `attribute` may name several, with commas between.
    fileprivate func sortKeys(
        _ element: Value, _ attribute: Value?, caseSensitive: Bool
    ) throws(TemplateError) -> [Value] {
        var keys: [Value] = []
        var attributes = [attribute]
        if case .string(let names)? = attribute {
            attributes = names.split(separator: ",").map { .string(String($0)) }
        }
        for attribute in attributes {
            keys.append(
                try self.attribute(at: attribute, of: element).folded(unless: caseSensitive))
        }
        return keys
    }

    /// The value that a filter's `attribute` names, by a path of names and positions with dots
    /// between; the value itself without one.
    func attribute(at path: Value?, of value: Value) throws(TemplateError) -> Value {
        switch path {
        case nil, .some(.none): return value
        case .string(let path):
            var result = value
            for part in path.split(separator: ".", omittingEmptySubsequences: false) {
                let isPosition = !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) }
                result = try element(
                    isPosition ? .integer(Int(part) ?? .max) : .string(String(part)), of: result)
            }
            return result
        case .some(let position): return try element(position, of: value)
        }
    }
}

extension Value {
    /// `len(value)`; `nil` for what has no length.
    var count: Int? {
        switch self {
        case .undefined: 0
        case .string(let text), .markup(let text): text.length
        case .sequence(let sequence): sequence.elements.count
        case .dictionary(let dictionary): dictionary.count
        default: nil
        }
    }

    /// Text in lower case, to compare without regard to case; other values as they are.
    func folded(unless isCaseSensitive: Bool) -> Value {
        if case .string(let text) = self, !isCaseSensitive { return .string(text.lowercased()) }
        return self
    }
}
