/// Values of expressions.
extension Interpreter {
    func evaluate(_ expression: Expression) throws(TemplateError) -> Value {
        do throws(TemplateError) {
            let value = try step { () throws(TemplateError) -> Value in
                try self.value(of: expression.kind)
            }
            guard value.depth <= limits.valueNesting else { throw Self.tooDeep(limits) }
            return value
        } catch {
            throw error.located(at: expression.location)
        }
    }

    private func value(of kind: Expression.Kind) throws(TemplateError) -> Value {
        switch kind {
        case .literal(let value): return value
        case .name(let name): return scope[name] ?? .undefined("'\(name)' is undefined")
        case .list(let elements): return .list(try evaluate(elements).map(\.withoutMarkup))
        case .tuple(let elements): return .tuple(try evaluate(elements).map(\.withoutMarkup))
        case .dictionary(let entries): return try dictionary(entries)
        case .attribute(let base, let name): return try attribute(name, of: try evaluate(base))
        case .element(let base, let index): return try element(index, of: try evaluate(base))
        case .slice: throw TemplateError(.type, "a slice stands in brackets only")
        case .call(let callee, let arguments):
            return try call(try evaluate(callee), try evaluate(arguments))
        case .filter(let base, let filter): return try apply(filter, to: try evaluate(base))
        case .test(let base, let test):
            let value = try evaluate(base)
            return .boolean(try self.test(test.name, value, try evaluate(test.arguments)))
        case .not(let operand): return .boolean(!(try evaluate(operand).isTrue))
        case .negative(let operand): return try evaluate(operand).negated()
        case .positive(let operand):
            return try Value.apply(.add, .integer(0), try evaluate(operand))
        case .binary(let operation, let left, let right):
            return try binary(operation, try evaluate(left), try evaluate(right))
        case .concatenation(let operands):
            var result = ""
            for operand in operands {
                let text = try text(of: try evaluate(operand))
                try spend(bytes: text.utf8.count)
                result += text
            }
            return .string(result)
        case .comparison(let left, let rest): return try compare(left, rest)
        case .conjunction(let operands): return try firstOperand(operands, whoseTruthIs: false)
        case .disjunction(let operands): return try firstOperand(operands, whoseTruthIs: true)
        case .conditional(let condition, let then, let otherwise):
            if try evaluate(condition).isTrue { return try evaluate(then) }
            guard let otherwise else {
                return .undefined("the condition does not hold and there is no 'else'")
            }
            return try evaluate(otherwise)
        }
    }

    private func evaluate(_ expressions: [Expression]) throws(TemplateError) -> [Value] {
        var values: [Value] = []
        for expression in expressions { values.append(try evaluate(expression)) }
        return values
    }

    private func dictionary(
        _ entries: [(key: Expression, value: Expression)]
    ) throws(TemplateError) -> Value {
        var dictionary = ValueDictionary()
        for (keyExpression, valueExpression) in entries {
            let key = try evaluate(keyExpression)
            try spend(bytes: key.weight)
            guard key.isHashable else {
                throw TemplateError(.type, "a '\(key.typeName)' cannot be a key")
            }
            dictionary[key.withoutMarkup] = try evaluate(valueExpression).withoutMarkup
        }
        return .dictionary(dictionary)
    }

    /// `and` and `or` give the operand that decides, or else the last.
    private func firstOperand(
        _ operands: [Expression], whoseTruthIs truth: Bool
    ) throws(TemplateError) -> Value {
        var value = Value.none
        for operand in operands {
            value = try evaluate(operand)
            if value.isTrue == truth { break }
        }
        return value
    }

    private func binary(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) throws(TemplateError) -> Value {
        if operation == .remainder, case .string(let format) = left {
            return .string(try printf(format, right.withoutMarkup))
        }
        if operation == .multiply {
            let (count, container) =
                left.asInteger.map { ($0, right) } ?? (right.asInteger ?? 1, left)
            try spend(bytes: container.footprint, times: count)
        } else {
            try spend(bytes: left.footprint + right.footprint)
        }
        return left.isMarkup || right.isMarkup
            ? try Value.applyToMarkup(operation, left, right)
            : try Value.apply(operation, left, right)
    }

    // MARK: Comparisons

    /// `a < b < c` is `a < b and b < c`, with `b` evaluated once.
    private func compare(
        _ first: Expression, _ rest: [(operation: ComparisonOperator, right: Expression)]
    ) throws(TemplateError) -> Value {
        var left = try evaluate(first)
        for (operation, expression) in rest {
            let right = try evaluate(expression)
            guard try compare(operation, left, right) else { return .boolean(false) }
            left = right
        }
        return .boolean(true)
    }

    func compare(
        _ operation: ComparisonOperator, _ left: Value, _ right: Value
    ) throws(TemplateError) -> Bool {
        try spend(bytes: min(left.weight, right.weight))
        let (left, right) = (left.withoutMarkup, right.withoutMarkup)
        switch operation {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less: return try Value.precedes(left, right)
        case .greater: return try Value.precedes(right, left)
        case .lessOrEqual: return left == right ? true : try Value.precedes(left, right)
        case .greaterOrEqual: return left == right ? true : try Value.precedes(right, left)
        case .contained: return try contains(right, left)
        case .notContained: return !(try contains(right, left))
        }
    }

    private func contains(_ container: Value, _ element: Value) throws(TemplateError) -> Bool {
        try spend(bytes: container.weight.addingOrMaximum(element.weight))
        switch container {
        case .string(let text):
            guard case .string(let part) = element else {
                throw TemplateError(
                    .type, "a string holds strings only, not '\(element.typeName)'")
            }
            return text.firstRange(ofUTF8: part) != nil
        case .dictionary(let dictionary):
            guard element.isHashable else {
                throw TemplateError(.type, "a '\(element.typeName)' cannot be a key")
            }
            return dictionary[element] != nil
        default: return try elements(of: container).contains(element)
        }
    }

    // MARK: Elements

    /// What a loop over the value goes through.
    func elements(of value: Value) throws(TemplateError) -> [Value] {
        try spend(bytes: value.footprint)
        switch value.withoutMarkup {
        case .undefined: return []
        case .sequence(let sequence): return sequence.elements
        case .dictionary(let dictionary): return dictionary.keys
        case .string(let text):
            try spend(bytes: 32 * text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        case .object(let reference):
            guard case .generator(let elements) = objects[reference.index] else { break }
            objects[reference.index] = .generator { _ in [] }
            return try step { () throws(TemplateError) in try elements(self) }
        default: break
        }
        throw TemplateError(.type, "a '\(value.typeName)' has no elements to go through")
    }

    /// `value[index]`: an element, or else an attribute of that name.
    private func element(
        _ expression: Expression, of value: Value
    ) throws(TemplateError) -> Value {
        if case .slice(let start, let stop, let step) = expression.kind {
            return try slice(value, try bound(start), try bound(stop), try bound(step))
        }
        return try element(try evaluate(expression), of: value)
    }

    func element(_ index: Value, of value: Value) throws(TemplateError) -> Value {
        if case .undefined(let what) = value { throw TemplateError(.undefined, what) }
        if case .markup(let text) = value { return try element(index, of: .string(text)).asMarkup }
        try spend(bytes: index.weight)
        let index = index.withoutMarkup
        if case .dictionary(let dictionary) = value, index.isHashable,
            let element = dictionary[index]
        {
            return element
        }
        if let position = index.asInteger, let element = value.element(at: position) {
            return element
        }
        if case .string(let name) = index {
            return try self.member(name, of: value)
                ?? .undefined("'\(value.typeName) object' has no attribute '\(name)'")
        }
        return .undefined("'\(value.typeName) object' has no element \(index.representation)")
    }

    /// `value.name`: a member, or else an element of that name.
    func attribute(_ name: String, of value: Value) throws(TemplateError) -> Value {
        if case .undefined(let what) = value { throw TemplateError(.undefined, what) }
        if let member = try member(name, of: value) { return member }
        if case .dictionary(let dictionary) = value, let element = dictionary[name] {
            return element
        }
        return .undefined("'\(value.typeName) object' has no attribute '\(name)'")
    }

    /// A method or a field that the value has by its type.
    private func member(_ name: String, of value: Value) throws(TemplateError) -> Value? {
        switch value {
        case .string where StringMethods.all[name] != nil,
            .markup where StringMethods.all[name] != nil,
            .dictionary where DictionaryMethods.all[name] != nil,
            .function("dict") where name == "fromkeys":
            return .method(receiver: value, name: name)
        case .sequence(let sequence) where SequenceMethods.has(name, sequence.kind):
            return .method(receiver: value, name: name)
        case .sequence(let sequence) where sequence.kind == .group:
            return ["grouper": 0, "list": 1][name].map { sequence.elements[$0] }
        case .object(let reference):
            switch objects[reference.index] {
            case .namespace(let fields): return fields[name]
            case .loop(let loop):
                if let field = try loop.attribute(name, self) { return field }
                let isMethod = name == "cycle" || name == "changed"
                return isMethod ? .method(receiver: value, name: name) : nil
            case .macro(let macro, _): return name == "name" ? .string(macro.name) : nil
            case .cycler(let values, let position):
                if name == "current" { return values[position] }
                let isMethod = name == "next" || name == "reset"
                return isMethod ? .method(receiver: value, name: name) : nil
            case .generator, .joiner: return nil
            }
        default: return nil
        }
    }

    // MARK: Slices

    private func bound(_ expression: Expression?) throws(TemplateError) -> Int? {
        guard let expression else { return nil }
        let value = try evaluate(expression)
        if case .none = value { return nil }
        guard let bound = value.asInteger else {
            throw TemplateError(.type, "a slice's bounds are integers, not '\(value.typeName)'")
        }
        return bound
    }

    private func slice(
        _ value: Value, _ start: Int?, _ stop: Int?, _ step: Int?
    ) throws(TemplateError) -> Value {
        try spend(bytes: value.footprint)
        switch value {
        case .undefined(let what): throw TemplateError(.undefined, what)
        case .markup(let text): return try slice(.string(text), start, stop, step).asMarkup
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            let kept = try positions(scalars.count, start, stop, step).map { scalars[$0] }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: kept)
            return .string(String(view))
        case .sequence(let sequence) where sequence.isIndexable:
            let elements = sequence.elements
            let kept = try positions(elements.count, start, stop, step).map { elements[$0] }
            let kind = sequence.kind == .group ? .tuple : sequence.kind
            return .sequence(ValueSequence(kind, kept))
        default: throw TemplateError(.type, "a '\(value.typeName)' has no slices")
        }
    }

    /// The positions of a slice of `count` elements (Python's `slice.indices`).
    private func positions(
        _ count: Int, _ start: Int?, _ stop: Int?, _ step: Int?
    ) throws(TemplateError) -> [Int] {
        let step = step ?? 1
        guard step != 0 else { throw TemplateError(.value, "a slice's step cannot be 0") }
        let (lowest, highest) = step > 0 ? (0, count) : (-1, count - 1)
        func clamped(_ bound: Int) -> Int {
            min(max(bound < 0 ? bound + count : bound, lowest), highest)
        }
        let first = start.map(clamped) ?? (step > 0 ? lowest : highest)
        let end = stop.map(clamped) ?? (step > 0 ? highest : lowest)
        return Array(stride(from: first, to: end, by: step))
    }
}

extension Value {
    /// The element at a position, which counts from the end when it is negative.
    fileprivate func element(at position: Int) -> Value? {
        switch self {
        case .sequence(let sequence) where sequence.isIndexable:
            let index = position < 0 ? position + sequence.elements.count : position
            return sequence.elements.indices.contains(index) ? sequence.elements[index] : nil
        case .string(let text):
            let scalars = text.unicodeScalars
            let index = position < 0 ? position + scalars.count : position
            guard index >= 0 else { return nil }
            return scalars.dropFirst(index).first.map { .string(String($0)) }
        default: return nil
        }
    }
}
