/// Calls of functions, methods, macros, filters and tests.
extension Interpreter {
    func evaluate(_ arguments: Arguments) throws(TemplateError) -> CallArguments {
        var values = CallArguments()
        for argument in arguments.positional { values.positional.append(try evaluate(argument)) }
        if let spread = arguments.spread {
            values.positional += try elements(of: try evaluate(spread))
        }
        for (name, argument) in arguments.named {
            values.named.append((name, try evaluate(argument)))
        }
        if let spread = arguments.namedSpread {
            guard case .dictionary(let dictionary) = try evaluate(spread) else {
                throw TemplateError(.type, "'**' needs a dictionary")
            }
            for (key, value) in dictionary.entries {
                guard case .string(let name) = key else {
                    throw TemplateError(.type, "names of arguments are strings")
                }
                values.named.append((name, value))
            }
        }
        return values
    }

    func call(_ callee: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
        switch callee {
        case .undefined(let what): throw TemplateError(.undefined, what)
        case .function(let name):
            guard let function = Functions.all[name] else { break }
            return try function(self, arguments.withoutMarkup)
        case .method(.markup(let text), let name):
            return try call(.method(receiver: .string(text), name: name), arguments).asMarkup
        case .method(let receiver, let name):
            let arguments = arguments.withoutMarkup
            if let (argument, _) = arguments.named.first, !Self.methodsWithNames.contains(name) {
                throw TemplateError(.type, "'\(name)' takes no argument by name ('\(argument)')")
            }
            for argument in arguments.positional { try spend(bytes: argument.weight) }
            try spend(bytes: receiver.footprint)
            let result = try call(method: name, of: receiver, arguments)
            try spend(bytes: result.footprint)
            return result
        case .object(let reference): return try call(reference, arguments)
        default: break
        }
        throw TemplateError(.type, "a '\(callee.typeName)' cannot be called")
    }

    /// Python takes the arguments of the other methods by position only.
    private static let methodsWithNames: Set = [
        "split", "rsplit", "splitlines", "format", "expandtabs",
    ]

    private func call(
        method name: String, of receiver: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        switch receiver {
        case .string(let text):
            guard let method = StringMethods.all[name] else { break }
            return try method(self, text, arguments)
        case .dictionary(let dictionary):
            guard let method = DictionaryMethods.all[name] else { break }
            return try method(dictionary, arguments)
        case .sequence(let sequence):
            guard let method = SequenceMethods.all[name] else { break }
            try spend(bytes: sequence.weight)
            return try method(sequence, arguments)
        case .object(let reference): return try call(method: name, of: reference, arguments)
        case .function("dict"): return try Functions.dictionaryFromKeys(self, arguments)
        default: break
        }
        throw TemplateError(.type, "a '\(receiver.typeName)' has no method '\(name)'")
    }

    private func call(
        method name: String, of reference: ObjectReference, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        switch (objects[reference.index], name) {
        case (.loop(let loop), "cycle"):
            guard !arguments.positional.isEmpty else {
                throw TemplateError(.type, "'cycle' needs values to go through")
            }
            return arguments.positional[loop.index0 % arguments.positional.count]
        case (.loop(let loop), "changed"): return .boolean(loop.changed(arguments.positional))
        case (.cycler(let values, let position), "next"):
            objects[reference.index] = .cycler(values, (position + 1) % values.count)
            return values[position]
        case (.cycler(let values, _), _):
            objects[reference.index] = .cycler(values, 0)
            return .none
        default: throw TemplateError(.type, "there is no method '\(name)'")
        }
    }

    private func call(
        _ reference: ObjectReference, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        switch objects[reference.index] {
        case .macro(let macro, let definition):
            return try call(macro, definedIn: definition, arguments)
        case .loop(let loop) where loop.statement.isRecursive:
            let nested = try elements(of: try arguments.bind("loop", ["iterable"])[0] ?? .none)
            return .string(
                try within(loop.outer) { () throws(TemplateError) in
                    try capture { () throws(TemplateError) in
                        try run(loop.statement, over: nested, depth0: loop.depth0 + 1)
                    }
                })
        case .joiner(let separator, let wasUsed):
            objects[reference.index] = .joiner(separator, wasUsed: true)
            return .string(wasUsed ? separator : "")
        default: throw TemplateError(.type, "this object cannot be called")
        }
    }

    // MARK: Macros

    private func call(
        _ macro: Macro, definedIn definition: Scope, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        try within(definition) { () throws(TemplateError) in
            try bind(arguments, to: macro)
            return .string(try capture { () throws(TemplateError) in try run(macro.body) })
        }
    }

    /// Sets the parameters in the current scope.
    private func bind(_ arguments: CallArguments, to macro: Macro) throws(TemplateError) {
        var named = ValueDictionary(arguments.named)
        let known = Set(macro.parameters.map(\.name))
        let caller = named["caller"]
        let surplus = arguments.named.filter { !known.contains($0.name) && $0.name != "caller" }
        named = ValueDictionary(arguments.named.filter { known.contains($0.name) })
        for (index, parameter) in macro.parameters.enumerated() {
            if index < arguments.positional.count {
                guard named[parameter.name] == nil else {
                    throw TemplateError(
                        .type, "\(macro.name)() has two values for '\(parameter.name)'")
                }
                scope[parameter.name] = arguments.positional[index]
            } else if let value = named[parameter.name] {
                scope[parameter.name] = value
            } else if let standard = parameter.standard {
                scope[parameter.name] = try evaluate(standard)
            } else {
                scope[parameter.name] = .undefined("'\(parameter.name)' was not given")
            }
        }
        let rest = arguments.positional.dropFirst(macro.parameters.count)
        try bind("varargs", .tuple(Array(rest)), isUsed: !rest.isEmpty, macro)
        try bind("kwargs", .dictionary(ValueDictionary(surplus)), isUsed: !surplus.isEmpty, macro)
        try bind(
            "caller", caller ?? .undefined("'caller' is undefined"), isUsed: caller != nil, macro)
    }

    /// Sets one of the names a macro accepts by reading them.
    private func bind(
        _ name: String, _ value: Value, isUsed: Bool, _ macro: Macro
    ) throws(TemplateError) {
        if macro.extras.contains(name) {
            scope[name] = value
        } else if isUsed {
            throw TemplateError(.type, "\(macro.name)() takes no such arguments (\(name))")
        }
    }

    // MARK: Filters and tests

    func apply(_ filter: FilterCall, to value: Value) throws(TemplateError) -> Value {
        do throws(TemplateError) {
            return try apply(filter: filter.name, value, try evaluate(filter.arguments))
        } catch {
            throw error.located(at: filter.location)
        }
    }

    func apply(
        filter name: String, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        guard let filter = FilterTable.all[name] else { throw FilterTable.unknown(name) }
        try spend(bytes: value.footprint)
        let isMarkup = value.isMarkup
        if isMarkup, FilterTable.escaping.contains(name) { return value }
        let result = try filter(self, value.withoutMarkup, arguments.withoutMarkup)
        try spend(bytes: result.footprint)
        let staysMarkup = isMarkup && FilterTable.keepingMarkup.contains(name)
        return staysMarkup || FilterTable.makingMarkup.contains(name) ? result.asMarkup : result
    }

    func test(
        _ name: String, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Bool {
        guard let test = TestTable.all[name] else { throw TestTable.unknown(name) }
        let value = name == "escaped" ? value : value.withoutMarkup
        return try test(self, value, arguments.withoutMarkup)
    }

    // MARK: Text

    /// `str(value)`, of objects too.
    func text(of value: Value) throws(TemplateError) -> String {
        if case .object(let reference) = value,
            case .namespace(let fields) = objects[reference.index]
        {
            return "<Namespace \(try text(of: .dictionary(fields)))>"
        }
        try spend(bytes: value.weight)
        return value.text
    }
}
