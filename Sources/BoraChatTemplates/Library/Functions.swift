/// The functions that every template can call.
enum Functions {
    typealias Function =
        @Sendable (Interpreter, CallArguments) throws(TemplateError) -> Value

    static let all: [String: Function] = [
        "range": range,
        "namespace": namespace,
        "dict": { _, arguments throws(TemplateError) in
            .dictionary(try dictionary("dict", arguments))
        },
        "raise_exception": { interpreter, arguments throws(TemplateError) in
            let message = try arguments.bind("raise_exception", ["message"], required: 1)[0]
            throw TemplateError(.raised, try interpreter.text(of: message ?? .none))
        },
        "strftime_now": strftimeNow,
        "cycler": { interpreter, arguments throws(TemplateError) in
            guard !arguments.positional.isEmpty else {
                throw TemplateError(.type, "'cycler' needs values to go through")
            }
            return try interpreter.make(.cycler(arguments.positional, 0))
        },
        "joiner": { interpreter, arguments throws(TemplateError) in
            let separator = try arguments.bind("joiner", ["sep"])[0].string("sep") ?? ", "
            return try interpreter.make(.joiner(separator, wasUsed: false))
        },
    ]

    /// `range(stop)` or `range(start, stop, step)`: at most 100,000 numbers, as in Jinja's sandbox.
    @Sendable private static func range(
        _ interpreter: Interpreter, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind("range", ["start", "stop", "step"], required: 1)
        var bounds: [Int] = []
        for case .some(let value) in values {
            guard let bound = value.asInteger else {
                throw TemplateError(.type, "'range' takes integers, not '\(value.typeName)'")
            }
            bounds.append(bound)
        }
        let (start, stop) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
        let step = bounds.count == 3 ? bounds[2] : 1
        guard step != 0 else { throw TemplateError(.value, "the step of 'range' cannot be 0") }
        var numbers: [Value] = []
        for number in stride(from: start, to: stop, by: step) {
            numbers.append(.integer(number))
            guard numbers.count <= 100_000 else {
                throw TemplateError(.limit, "'range' makes at most 100,000 numbers")
            }
        }
        try interpreter.spend(bytes: 32 * numbers.count)
        return .sequence(ValueSequence(.range, numbers))
    }

    @Sendable private static func namespace(
        _ interpreter: Interpreter, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let fields = try dictionary("namespace", arguments)
        for case .string(let name) in fields.keys { try checkField(name) }
        return try interpreter.make(.namespace(fields))
    }

    /// `transformers` keeps names that begin with an underscore out of namespaces: Python's own do.
    static func checkField(_ name: String) throws(TemplateError) {
        guard !name.startsLike("_") else {
            throw TemplateError(
                .type, "a namespace has no names that begin with an underscore: '\(name)'")
        }
    }

    /// The entries of a dictionary, or of pairs, and then the named arguments.
    private static func dictionary(
        _ function: String, _ arguments: CallArguments
    ) throws(TemplateError) -> ValueDictionary {
        var result = ValueDictionary()
        switch arguments.positional.first {
        case nil: break
        case .dictionary(let dictionary): result = dictionary
        case .sequence(let pairs):
            for case .sequence(let pair) in pairs.elements where pair.elements.count == 2 {
                guard pair.elements[0].isHashable else { break }
                result[pair.elements[0]] = pair.elements[1]
            }
        case .some(let value):
            throw TemplateError(.type, "'\(function)' takes no '\(value.typeName)'")
        }
        for (name, value) in arguments.named { result[name] = value }
        return result
    }

    /// `dict.fromkeys(keys, value)`.
    static func dictionaryFromKeys(
        _ interpreter: Interpreter, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind("fromkeys", ["iterable", "value"], required: 1)
        var result = ValueDictionary()
        for key in try interpreter.elements(of: values[0] ?? .none) {
            try interpreter.spend(bytes: key.weight)
            guard key.isHashable else {
                throw TemplateError(.type, "a '\(key.typeName)' cannot be a key")
            }
            result[key] = values[1] ?? Value.none
        }
        return .dictionary(result)
    }

    @Sendable private static func strftimeNow(
        _ interpreter: Interpreter, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let format = try arguments.bind("strftime_now", ["format"], required: 1)[0]
        guard let clock = interpreter.clock else {
            throw TemplateError(.unsupported, "the template asks for the time and none was given")
        }
        guard case .string(let format)? = format else {
            throw TemplateError(.type, "'strftime_now' takes a string")
        }
        // The longest that a directive of two characters makes.
        try interpreter.spend(bytes: format.utf8.count, times: 50)
        return .string(try clock.formatted(format))
    }
}
