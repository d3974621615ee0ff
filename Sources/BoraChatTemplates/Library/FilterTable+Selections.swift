/// Filters that pick, change or group elements. Most are lazy, and read once.
extension FilterTable {
    static let selections: [String: Filter] = [
        // These three take nothing at all from what is false, such as none.
        "map": lazy { interpreter, value, arguments throws(TemplateError) in
            value.isTrue ? try map(interpreter, value, arguments) : []
        },
        "select": lazy { interpreter, value, arguments throws(TemplateError) in
            try select(interpreter, value, arguments, keeping: true)
        },
        "reject": lazy { interpreter, value, arguments throws(TemplateError) in
            try select(interpreter, value, arguments, keeping: false)
        },
        "selectattr": lazy { interpreter, value, arguments throws(TemplateError) in
            try selectByAttribute(interpreter, value, arguments, keeping: true)
        },
        "rejectattr": lazy { interpreter, value, arguments throws(TemplateError) in
            try selectByAttribute(interpreter, value, arguments, keeping: false)
        },
        "unique": lazy { interpreter, value, arguments throws(TemplateError) in
            let values = try arguments.bind("unique", ["case_sensitive", "attribute"])
            var seen: Set<Value> = []
            var unique: [Value] = []
            for element in try interpreter.elements(of: value) {
                let key = try interpreter.attribute(at: values[1], of: element)
                    .folded(unless: values[0].isTrue)
                try interpreter.spend(bytes: key.weight)
                guard key.isHashable else {
                    throw TemplateError(.type, "'unique' cannot compare '\(key.typeName)'")
                }
                if seen.insert(key).inserted { unique.append(element) }
            }
            return unique
        },
        "groupby": group,
        "batch": lazy(batch),
        "slice": lazy(slice),
    ]

    private static func lazy(
        _ elements:
            @escaping @Sendable (Interpreter, Value, CallArguments) throws(TemplateError) -> [Value]
    ) -> Filter {
        { interpreter, value, arguments throws(TemplateError) in
            try interpreter.generator { interpreter throws(TemplateError) in
                try elements(interpreter, value, arguments)
            }
        }
    }

    private static func map(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> [Value] {
        var results: [Value] = []
        if arguments.positional.isEmpty {
            let values = try arguments.bind("map", ["attribute", "default"], required: 1)
            for element in try interpreter.elements(of: value) {
                let result = try interpreter.attribute(at: values[0], of: element)
                results.append(result.isUndefined ? values[1] ?? result : result)
            }
        } else {
            let (name, rest) = try nameAndRest("map", arguments)
            for element in try interpreter.elements(of: value) {
                results.append(
                    try interpreter.step { () throws(TemplateError) in
                        try interpreter.apply(filter: name, element, rest)
                    })
            }
        }
        return results
    }

    /// The filter or test named by the first argument, and the arguments for it.
    private static func nameAndRest(
        _ filter: String, _ arguments: CallArguments
    ) throws(TemplateError) -> (name: String, rest: CallArguments) {
        guard case .string(let name)? = arguments.positional.first else {
            throw TemplateError(.type, "the first argument of '\(filter)' is a name")
        }
        let rest = Array(arguments.positional.dropFirst())
        return (name, CallArguments(positional: rest, named: arguments.named))
    }

    private static func select(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments, keeping: Bool,
        by attribute: Value? = nil
    ) throws(TemplateError) -> [Value] {
        guard value.isTrue else { return [] }
        let test =
            arguments.positional.isEmpty ? nil : try nameAndRest("select", arguments)
        var kept: [Value] = []
        for element in try interpreter.elements(of: value) {
            let subject = try interpreter.attribute(at: attribute, of: element)
            let holds: Bool
            if let (name, rest) = test {
                holds = try interpreter.step { () throws(TemplateError) in
                    try interpreter.test(name, subject, rest)
                }
            } else {
                holds = subject.isTrue
            }
            if holds == keeping { kept.append(element) }
        }
        return kept
    }

    private static func selectByAttribute(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments, keeping: Bool
    ) throws(TemplateError) -> [Value] {
        guard value.isTrue else { return [] }
        guard let attribute = arguments.positional.first else {
            throw TemplateError(.type, "the first argument names the attribute")
        }
        let rest = CallArguments(
            positional: Array(arguments.positional.dropFirst()), named: arguments.named)
        return try select(interpreter, value, rest, keeping: keeping, by: attribute)
    }

    @Sendable private static func group(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind(
            "groupby", ["attribute", "default", "case_sensitive"], required: 1)
        var keyed: [(key: Value, element: Value)] = []
        for element in try interpreter.elements(of: value) {
            let key = try interpreter.attribute(at: values[0], of: element)
            keyed.append((key.isUndefined ? values[1] ?? key : key, element))
        }
        func folded(_ key: Value) -> Value { key.folded(unless: values[2].isTrue) }
        let sorted = try keyed.stablySorted { left, right throws(TemplateError) in
            try interpreter.spend(bytes: min(left.key.weight, right.key.weight))
            return try Value.precedes(folded(left.key), folded(right.key))
        }
        var groups: [(key: Value, elements: [Value])] = []
        for (key, element) in sorted {
            if let last = groups.last, folded(last.key) == folded(key) {
                groups[groups.count - 1].elements.append(element)
            } else {
                groups.append((key, [element]))
            }
        }
        return .list(
            groups.map { .sequence(ValueSequence(.group, [$0.key, .list($0.elements)])) })
    }

    @Sendable private static func batch(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> [Value] {
        let values = try arguments.bind("batch", ["linecount", "fill_with"], required: 1)
        let size = try values[0].integer("linecount") ?? 0
        let elements = try interpreter.elements(of: value)
        guard size > 0 else { throw TemplateError(.value, "'batch' makes batches of 1 or more") }
        var batches: [Value] = []
        for start in stride(from: 0, to: elements.count, by: size) {
            var batch = Array(elements[start..<min(start.addingOrMaximum(size), elements.count)])
            if let fill = values[1].ifNotNone, batch.count < size {
                try interpreter.spend(bytes: 32, times: size)
                batch += Array(repeating: fill, count: size - batch.count)
            }
            batches.append(.list(batch))
        }
        return batches
    }

    @Sendable private static func slice(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> [Value] {
        let values = try arguments.bind("slice", ["slices", "fill_with"], required: 1)
        let count = try values[0].integer("slices") ?? 0
        let elements = try interpreter.elements(of: value)
        guard count > 0 else { throw TemplateError(.value, "'slice' makes 1 slice or more") }
        try interpreter.spend(bytes: 64, times: count)
        let (size, longer) = elements.count.quotientAndRemainder(dividingBy: count)
        var slices: [Value] = []
        var start = 0
        for index in 0..<count {
            let end = start + size + (index < longer ? 1 : 0)
            var slice = Array(elements[start..<end])
            if let fill = values[1].ifNotNone, index >= longer { slice.append(fill) }
            slices.append(.list(slice))
            start = end
        }
        return slices
    }
}

extension Value? {
    fileprivate var ifNotNone: Value? {
        if case .some(.none) = self { nil } else { self }
    }
}
