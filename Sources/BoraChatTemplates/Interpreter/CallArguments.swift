/// The values of a call's arguments.
struct CallArguments {
    var positional: [Value] = []
    var named: [(name: String, value: Value)] = []

    /// The arguments in the order of a function's parameters; `nil` for those not given. Throws
    /// when there are more than that, or others, or fewer than `required`.
    func bind(
        _ function: String, _ parameters: [String], required: Int = 0
    ) throws(TemplateError) -> [Value?] {
        guard positional.count <= parameters.count else {
            throw TemplateError(
                .type, "'\(function)' takes \(parameters.count) arguments, not \(positional.count)")
        }
        var values = positional.map(Optional.some)
        values += Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let index = parameters.firstIndex(of: name), values[index] == nil else {
                throw TemplateError(.type, "'\(function)' takes no other argument '\(name)'")
            }
            values[index] = value
        }
        for index in 0..<required where values[index] == nil {
            throw TemplateError(.type, "'\(function)' needs its argument '\(parameters[index])'")
        }
        return values
    }

    /// For functions without parameters.
    func expectNone(_ function: String) throws(TemplateError) {
        _ = try bind(function, [])
    }
}

extension Value? {
    /// The argument as text; `nil` when it is absent or none.
    func string(_ parameter: String) throws(TemplateError) -> String? {
        switch self {
        case nil, .some(.none): return nil
        case .string(let text): return text
        case .undefined(let what): throw TemplateError(.undefined, what)
        case .some(let value):
            throw TemplateError(
                .type, "'\(parameter)' is a string, not '\(value.typeName)'")
        }
    }

    /// The argument as an integer; `nil` when it is absent or none.
    func integer(_ parameter: String) throws(TemplateError) -> Int? {
        switch self {
        case nil, .some(.none): return nil
        case .undefined(let what): throw TemplateError(.undefined, what)
        case .some(let value):
            guard let number = value.asInteger else {
                throw TemplateError(
                    .type, "'\(parameter)' is an integer, not '\(value.typeName)'")
            }
            return number
        }
    }

    /// The argument's truth; false when it is absent.
    var isTrue: Bool { self?.isTrue ?? false }
}
