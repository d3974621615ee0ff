/// `str.format`, as Jinja's sandbox runs it.
extension Interpreter {
    /// What the fields of a format refer to.
    struct FormatArguments {
        let positional: [Value]
        let named: ValueDictionary
        /// The next field without a name; `nil` once a field was numbered.
        fileprivate var next: Int? = 0

        init(positional: [Value], named: ValueDictionary) {
            self.positional = positional
            self.named = named
        }
    }

    /// A field between braces.
    private struct FormatField {
        let name: String
        let conversion: Unicode.Scalar?
        let specification: String
    }

    func format(_ format: String, _ arguments: FormatArguments) throws(TemplateError) -> String {
        var arguments = arguments
        return try self.format(format, &arguments, nesting: 0)
    }

    /// - Parameter nesting: 1 for the specification of a field, which may hold fields too, and 2
    ///   for those fields' specifications.
    private func format(
        _ format: String, _ arguments: inout FormatArguments, nesting: Int
    ) throws(TemplateError) -> String {
        guard nesting < 3 else {
            throw TemplateError(.value, "the fields of a format stand inside one another too often")
        }
        var text = ""
        var rest = Array(format.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                text.unicodeScalars.append(scalar)
            case "{":
                let field = try Self.takeField(&rest)
                let value = try converted(
                    self.value(of: field.name, &arguments), by: field.conversion)
                let specification = try self.format(
                    field.specification, &arguments, nesting: nesting + 1)
                let part = try step { () throws(TemplateError) in
                    try formatted(value, specification)
                }
                try spend(bytes: part.utf8.count)
                text += part
            case "}": throw TemplateError(.value, "a format has a '}' without a '{'")
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The rest of a field, whose first brace is taken.
    private static func takeField(
        _ rest: inout ArraySlice<Unicode.Scalar>
    ) throws(TemplateError) -> FormatField {
        func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
            String(String.UnicodeScalarView(scalars))
        }
        let unfinished = TemplateError(.value, "a format has a '{' without a '}'")
        let start = rest
        // Braces in brackets belong to the name.
        var isInBrackets = false
        loop: while let next = rest.first {
            switch next {
            case "[": isInBrackets = true
            case "]": isInBrackets = false
            case "{" where !isInBrackets:
                throw TemplateError(.value, "a field's name in a format has a '{'")
            case "}" where !isInBrackets, ":" where !isInBrackets, "!" where !isInBrackets:
                break loop
            default: break
            }
            rest.removeFirst()
        }
        let name = text(start[..<rest.startIndex])
        var conversion: Unicode.Scalar?
        if rest.first == "!" {
            rest.removeFirst()
            conversion = rest.popFirst()
            guard conversion != nil, rest.first == ":" || rest.first == "}" else {
                throw TemplateError(.value, "a field's conversion in a format is one letter")
            }
        }
        guard let end = rest.popFirst() else { throw unfinished }
        guard end == ":" else {
            return FormatField(name: name, conversion: conversion, specification: "")
        }
        let specification = rest
        var depth = 1
        while let next = rest.popFirst() {
            if next == "{" { depth += 1 }
            if next == "}" { depth -= 1 }
            if depth == 0 {
                let end = rest.startIndex - 1
                return FormatField(
                    name: name, conversion: conversion, specification: text(specification[..<end]))
            }
        }
        throw unfinished
    }

    /// `name`, `0`, nothing for the next argument; then `.attribute` and `[element]`.
    private func value(
        of name: String, _ arguments: inout FormatArguments
    ) throws(TemplateError) -> Value {
        let path = Array(name.unicodeScalars)
        let end = path.firstIndex { $0 == "." || $0 == "[" } ?? path.count
        let first = String(String.UnicodeScalarView(path[..<end]))
        var value: Value
        if let number = Int(first) ?? (name.isEmpty ? arguments.next : nil) {
            guard arguments.positional.indices.contains(number) else {
                throw TemplateError(.value, "a format has no argument \(number)")
            }
            if name.isEmpty {
                arguments.next = number + 1
            } else {
                guard arguments.next.map({ $0 == 0 }) ?? true else {
                    throw TemplateError(.value, "the fields of a format are numbered or not")
                }
                arguments.next = nil
            }
            value = arguments.positional[number]
        } else {
            guard let named = arguments.named[first] else {
                throw TemplateError(.value, "a format has no argument '\(first)'")
            }
            value = named
        }
        var position = end
        while position < path.count {
            let isAttribute = path[position] == "."
            position += 1
            let start = position
            while position < path.count,
                isAttribute ? path[position] != "." && path[position] != "[" : path[position] != "]"
            {
                position += 1
            }
            let part = String(String.UnicodeScalarView(path[start..<position]))
            guard !part.isEmpty, isAttribute || position < path.count else {
                throw TemplateError(.value, "'\(name)' is no field of a format")
            }
            if isAttribute {
                value = try attribute(part, of: value)
            } else {
                value = try element(Int(part).map(Value.integer) ?? .string(part), of: value)
                position += 1
                guard position == path.count || path[position] == "." || path[position] == "["
                else { throw TemplateError(.value, "'\(name)' is no field of a format") }
            }
        }
        return value
    }

    private func converted(
        _ value: Value, by conversion: Unicode.Scalar?
    ) throws(TemplateError) -> Value {
        switch conversion {
        case nil: return value
        case "s": return .string(try text(of: value))
        case "r": return .string(try representation(of: value))
        case "a": return .string(try representation(of: value).asciiEscaped)
        case .some(let letter):
            throw TemplateError(.value, "a format knows no conversion '\(letter)'")
        }
    }

    /// `format(value, specification)`.
    private func formatted(
        _ value: Value, _ specification: String
    ) throws(TemplateError) -> String {
        guard !specification.isEmpty else { return try text(of: value) }
        let format = try FormatSpecification(specification)
        try spend(bytes: format.footprint)
        switch value {
        case .string(let text): return try format.formatted(text: text)
        case .float(let number):
            try spend(bytes: DecimalExpansion.footprint)
            return try format.formatted(float: number)
        case .integer(let number): return try format.formatted(integer: number)
        case .boolean(let truth): return try format.formatted(integer: truth ? 1 : 0)
        default:
            throw TemplateError(.type, "a '\(value.typeName)' cannot be written in a format")
        }
    }

    /// `repr(value)`.
    func representation(of value: Value) throws(TemplateError) -> String {
        try spend(bytes: value.weight)
        return value.representation
    }
}
