/// The tests that follow `is`.
enum TestTable {
    typealias Test =
        @Sendable (Interpreter, Value, CallArguments) throws(TemplateError) -> Bool

    static let all: [String: Test] = [kinds, numbers, comparisons]
        .reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    static func unknown(_ name: String) -> TemplateError {
        TemplateError(.syntax, "there is no test '\(name)'")
    }

    private static let kinds: [String: Test] = [
        "defined": plain { !$0.isUndefined },
        "undefined": plain { $0.isUndefined },
        "none": plain { if case .none = $0 { true } else { false } },
        "boolean": plain { if case .boolean = $0 { true } else { false } },
        "true": plain { if case .boolean(true) = $0 { true } else { false } },
        "false": plain { if case .boolean(false) = $0 { true } else { false } },
        "integer": plain { if case .integer = $0 { true } else { false } },
        "float": plain { if case .float = $0 { true } else { false } },
        "number": plain { $0.asDouble != nil },
        "string": plain { if case .string = $0 { true } else { false } },
        "mapping": plain { if case .dictionary = $0 { true } else { false } },
        "sequence": plain { value in
            switch value {
            case .string, .dictionary, .undefined: true
            case .sequence(let sequence): sequence.isIndexable
            default: false
            }
        },
        "iterable": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("iterable")
            switch value {
            case .string, .dictionary, .undefined, .sequence: return true
            case .object(let reference):
                if case .generator = interpreter.objects[reference.index] { return true }
                return false
            default: return false
            }
        },
        "callable": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("callable")
            switch value {
            case .function, .method, .undefined: return true
            case .object(let reference):
                switch interpreter.objects[reference.index] {
                case .macro, .loop, .joiner: return true
                case .namespace, .generator, .cycler: return false
                }
            default: return false
            }
        },
        "escaped": { _, value, arguments throws(TemplateError) in
            try arguments.expectNone("escaped")
            return value.isMarkup
        },
        "filter": plain {
            if case .string(let name) = $0 { FilterTable.all[name] != nil } else { false }
        },
        "test": plain { if case .string(let name) = $0 { all[name] != nil } else { false } },
        "lower": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("lower")
            return try interpreter.text(of: value).hasCase(\.isLowercase, not: \.isUppercase)
        },
        "upper": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("upper")
            return try interpreter.text(of: value).hasCase(\.isUppercase, not: \.isLowercase)
        },
    ]

    private static func plain(_ holds: @escaping @Sendable (Value) -> Bool) -> Test {
        { _, value, arguments throws(TemplateError) in
            try arguments.expectNone("this test")
            return holds(value)
        }
    }

    private static let numbers: [String: Test] = [
        "even": { _, value, arguments throws(TemplateError) in
            try remainder(value, .integer(2)) == .integer(0)
        },
        "odd": { _, value, arguments throws(TemplateError) in
            try remainder(value, .integer(2)) == .integer(1)
        },
        "divisibleby": { _, value, arguments throws(TemplateError) in
            let divisor = try arguments.bind("divisibleby", ["num"], required: 1)[0]
            return try remainder(value, divisor ?? .none) == .integer(0)
        },
    ]

    private static func remainder(
        _ value: Value, _ divisor: Value
    ) throws(TemplateError) -> Value {
        try Value.apply(.remainder, value, divisor)
    }

    private static let comparisons: [String: Test] = [
        "==": comparison(.equal), "eq": comparison(.equal), "equalto": comparison(.equal),
        "!=": comparison(.notEqual), "ne": comparison(.notEqual),
        "<": comparison(.less), "lt": comparison(.less), "lessthan": comparison(.less),
        "<=": comparison(.lessOrEqual), "le": comparison(.lessOrEqual),
        ">": comparison(.greater), "gt": comparison(.greater), "greaterthan": comparison(.greater),
        ">=": comparison(.greaterOrEqual), "ge": comparison(.greaterOrEqual),
        "in": comparison(.contained),
        "sameas": { interpreter, value, arguments throws(TemplateError) in
            let other = try arguments.bind("sameas", ["other"], required: 1)[0] ?? .none
            guard value.typeName == other.typeName else { return false }
            return try interpreter.compare(.equal, value, other)
        },
    ]

    private static func comparison(_ operation: ComparisonOperator) -> Test {
        { interpreter, value, arguments throws(TemplateError) in
            let other = try arguments.bind(operation.rawValue, ["other"], required: 1)[0]
            return try interpreter.compare(operation, value, other ?? .none)
        }
    }
}
