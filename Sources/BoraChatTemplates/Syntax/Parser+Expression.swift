/// Expressions, from the loosest binding to the tightest: `if else`, `or`, `and`, `not`,
/// comparisons, `+ -`, `~`, `* / // %`, `**`, signs, then filters, tests, calls and elements.
extension Parser {
    mutating func parseExpression() throws(TemplateError) -> Expression {
        try enter()
        defer { leave() }
        let location = current.location
        let unknown = unknownCount
        var expression = try parseDisjunction()
        var levels = 0
        defer { leave(levels) }
        while take(word: "if") {
            defer { forgiveUnknown(since: unknown) }
            try enter()
            levels += 1
            let condition = try parseDisjunction()
            let otherwise = take(word: "else") ? try parseExpression() : nil
            expression = Expression(
                kind: .conditional(condition: condition, then: expression, otherwise: otherwise),
                location: location)
        }
        return expression
    }

    /// Expressions with commas between them, which make a tuple, or a single one.
    mutating func parseTuple(
        withConditional: Bool = true, endWord: String? = nil, inParentheses: Bool = false
    ) throws(TemplateError) -> Expression {
        let location = current.location
        var elements: [Expression] = []
        var isTuple = false
        while !isTupleEnd(endWord) {
            elements.append(withConditional ? try parseExpression() : try parseDisjunction())
            guard take(.comma) else { break }
            isTuple = true
        }
        if !isTuple, let only = elements.first { return only }
        guard isTuple || inParentheses else { throw unexpected("expected an expression") }
        return Expression(kind: .tuple(elements), location: location)
    }

    func isTupleEnd(_ endWord: String?) -> Bool {
        switch current.kind {
        case .outputEnd, .blockEnd, .symbol(.closeParenthesis): true
        case .name(let word): word == endWord
        default: false
        }
    }

    private mutating func parseDisjunction() throws(TemplateError) -> Expression {
        let location = current.location
        var operands = [try parseConjunction()]
        while take(word: "or") { operands.append(try parseConjunction()) }
        return operands.count == 1
            ? operands[0] : Expression(kind: .disjunction(operands), location: location)
    }

    private mutating func parseConjunction() throws(TemplateError) -> Expression {
        let location = current.location
        var operands = [try parseNegation()]
        while take(word: "and") { operands.append(try parseNegation()) }
        return operands.count == 1
            ? operands[0] : Expression(kind: .conjunction(operands), location: location)
    }

    private mutating func parseNegation() throws(TemplateError) -> Expression {
        let location = current.location
        guard take(word: "not") else { return try parseComparison() }
        try enter()
        defer { leave() }
        return Expression(kind: .not(try parseNegation()), location: location)
    }

    private mutating func parseComparison() throws(TemplateError) -> Expression {
        let location = current.location
        let left = try parseSum()
        var rest: [(operation: ComparisonOperator, right: Expression)] = []
        while let operation = takeComparisonOperator() {
            rest.append((operation, try parseSum()))
        }
        return rest.isEmpty ? left : Expression(kind: .comparison(left, rest), location: location)
    }

    private mutating func takeComparisonOperator() -> ComparisonOperator? {
        switch current.kind {
        case .symbol(let symbol):
            guard let operation = ComparisonOperator(rawValue: symbol.rawValue) else { return nil }
            advance()
            return operation
        case .name("in"):
            advance()
            return .contained
        case .name("not") where next.kind == .name("in"):
            advance()
            advance()
            return .notContained
        default: return nil
        }
    }

    private mutating func parseSum() throws(TemplateError) -> Expression {
        try parseBinary([.add, .subtract]) { parser throws(TemplateError) in
            try parser.parseConcatenation()
        }
    }

    private mutating func parseConcatenation() throws(TemplateError) -> Expression {
        let location = current.location
        var operands = [try parseProduct()]
        while take(.concatenate) { operands.append(try parseProduct()) }
        return operands.count == 1
            ? operands[0] : Expression(kind: .concatenation(operands), location: location)
    }

    private mutating func parseProduct() throws(TemplateError) -> Expression {
        try parseBinary([.multiply, .divide, .floorDivide, .remainder]) {
            parser throws(TemplateError) in
            try parser.parseBinary([.power]) { parser throws(TemplateError) in
                try parser.parseSigned()
            }
        }
    }

    /// Operands with operators between them that bind to the left, as all of Jinja's do.
    private mutating func parseBinary(
        _ operators: [BinaryOperator],
        _ parseOperand: (inout Parser) throws(TemplateError) -> Expression
    ) throws(TemplateError) -> Expression {
        var left = try parseOperand(&self)
        var levels = 0
        defer { leave(levels) }
        while case .symbol(let symbol) = current.kind,
            let operation = BinaryOperator(rawValue: symbol.rawValue),
            operators.contains(operation)
        {
            let location = current.location
            try enter()
            levels += 1
            advance()
            let right = try parseOperand(&self)
            left = Expression(kind: .binary(operation, left, right), location: location)
        }
        return left
    }

    private mutating func parseSigned(withFilters: Bool = true) throws(TemplateError) -> Expression
    {
        try enter()
        defer { leave() }
        let location = current.location
        var expression: Expression
        if take(.subtract) {
            expression = Expression(
                kind: .negative(try parseSigned(withFilters: false)), location: location)
        } else if take(.add) {
            expression = Expression(
                kind: .positive(try parseSigned(withFilters: false)), location: location)
        } else {
            expression = try parsePrimary()
        }
        return try parsePostfix(expression, withFilters: withFilters)
    }

    // MARK: After a value

    private mutating func parsePostfix(
        _ start: Expression, withFilters: Bool
    ) throws(TemplateError) -> Expression {
        var expression = start
        var levels = 0
        defer { leave(levels) }
        // Elements come before filters; after a filter only filters, tests and calls may follow.
        var isFiltered = false
        while true {
            let location = current.location
            switch current.kind {
            case .symbol(.dot) where !isFiltered, .symbol(.openBracket) where !isFiltered:
                expression = try parseElement(of: expression)
            case .symbol(.openParenthesis):
                expression = Expression(
                    kind: .call(expression, try parseArguments()), location: location)
            case .symbol(.pipe) where withFilters:
                isFiltered = true
                advance()
                expression = Expression(
                    kind: .filter(expression, try parseFilter()), location: location)
            case .name("is") where withFilters:
                isFiltered = true
                expression = try parseTest(of: expression)
            default: return expression
            }
            try enter()
            levels += 1
        }
    }

    private mutating func parseElement(of base: Expression) throws(TemplateError) -> Expression {
        let location = current.location
        if take(.dot) {
            if case .integer(let index) = current.kind {
                advance()
                let element = Expression(kind: .literal(.integer(index)), location: location)
                return Expression(kind: .element(base, element), location: location)
            }
            return Expression(kind: .attribute(base, try expectName()), location: location)
        }
        try expect(.openBracket)
        var indices: [Expression] = []
        var isTuple = false
        while current.kind != .symbol(.closeBracket) {
            if !indices.isEmpty {
                try expect(.comma)
                isTuple = true
            }
            indices.append(try parseIndex())
        }
        try expect(.closeBracket)
        let index =
            isTuple || indices.isEmpty
            ? Expression(kind: .tuple(indices), location: location) : indices[0]
        return Expression(kind: .element(base, index), location: location)
    }

    /// An index or a slice.
    private mutating func parseIndex() throws(TemplateError) -> Expression {
        let location = current.location
        func ends(_ parser: Parser) -> Bool {
            [.colon, .comma, .closeBracket].contains { parser.current.kind == .symbol($0) }
        }
        let start = ends(self) ? nil : try parseExpression()
        guard take(.colon) else {
            guard let start else { throw unexpected("expected an index") }
            return start
        }
        let stop = ends(self) ? nil : try parseExpression()
        let step = take(.colon) && !ends(self) ? try parseExpression() : nil
        return Expression(kind: .slice(start, stop, step), location: location)
    }

    private mutating func parseArguments() throws(TemplateError) -> Arguments {
        let location = current.location
        try expect(.openParenthesis)
        var arguments = Arguments()
        var isFirst = true
        while !take(.closeParenthesis) {
            if !isFirst {
                try expect(.comma)
                if take(.closeParenthesis) { break }
            }
            isFirst = false
            let isComplete = arguments.namedSpread != nil
            let hasSpread = isComplete || arguments.spread != nil
            let isInOrder: Bool
            if take(.multiply) {
                isInOrder = !hasSpread
                arguments.spread = try parseExpression()
            } else if take(.power) {
                isInOrder = !isComplete
                arguments.namedSpread = try parseExpression()
            } else if case .name(let name) = current.kind, next.kind == .symbol(.assign) {
                isInOrder = !isComplete
                advance()
                advance()
                arguments.named.append((name, try parseExpression()))
            } else {
                isInOrder = !hasSpread && arguments.named.isEmpty
                arguments.positional.append(try parseExpression())
            }
            guard isInOrder else {
                throw TemplateError(
                    .syntax, "the arguments of the call are out of order", at: location)
            }
        }
        return arguments
    }

    // MARK: Filters and tests

    mutating func parseFilterChain() throws(TemplateError) -> [FilterCall] {
        var filters: [FilterCall] = []
        while take(.pipe) { filters.append(try parseFilter()) }
        return filters
    }

    /// The filters of a `filter` tag: a chain without its first bar.
    mutating func parseFilterNames() throws(TemplateError) -> [FilterCall] {
        [try parseFilter()] + (try parseFilterChain())
    }

    private mutating func parseFilter() throws(TemplateError) -> FilterCall {
        let location = current.location
        let name = try parseDottedName()
        if FilterTable.all[name] == nil {
            noteUnknown(FilterTable.unknown(name).located(at: location))
        }
        let hasArguments = current.kind == .symbol(.openParenthesis)
        return FilterCall(
            name: name, arguments: hasArguments ? try parseArguments() : Arguments(),
            location: location)
    }

    private mutating func parseDottedName() throws(TemplateError) -> String {
        var name = try expectName()
        while take(.dot) { name += "." + (try expectName()) }
        return name
    }

    private mutating func parseTest(of base: Expression) throws(TemplateError) -> Expression {
        let location = current.location
        advance()
        let isNegated = take(word: "not")
        let nameLocation = current.location
        let name = try parseDottedName()
        if TestTable.all[name] == nil {
            noteUnknown(TestTable.unknown(name).located(at: nameLocation))
        }
        let call = FilterCall(
            name: name, arguments: try parseTestArguments(), location: nameLocation)
        let test = Expression(kind: .test(base, call), location: location)
        return isNegated ? Expression(kind: .not(test), location: location) : test
    }

    /// A test's arguments in parentheses, or a single value after its name.
    private mutating func parseTestArguments() throws(TemplateError) -> Arguments {
        switch current.kind {
        case .symbol(.openParenthesis): return try parseArguments()
        case .name("else"), .name("or"), .name("and"): return Arguments()
        case .name("is"): throw unexpected("expected no second test")
        case .name, .string, .integer, .float, .symbol(.openBracket), .symbol(.openBrace):
            let argument = try parsePostfix(try parsePrimary(), withFilters: false)
            return Arguments(positional: [argument])
        default: return Arguments()
        }
    }

    // MARK: Values

    private mutating func parsePrimary() throws(TemplateError) -> Expression {
        let location = current.location
        func literal(_ value: Value) -> Expression {
            Expression(kind: .literal(value), location: location)
        }
        switch current.kind {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return literal(.boolean(true))
            case "false", "False": return literal(.boolean(false))
            case "none", "None": return literal(.none)
            default:
                noteRead(name)
                return Expression(kind: .name(name), location: location)
            }
        case .string:
            var text = ""
            while case .string(let part) = current.kind {
                text += part
                advance()
            }
            return literal(.string(text))
        case .integer(let number):
            advance()
            return literal(.integer(number))
        case .float(let number):
            advance()
            return literal(.float(number))
        case .symbol(.openParenthesis):
            advance()
            let inner = try parseTuple(inParentheses: true)
            try expect(.closeParenthesis)
            return inner
        case .symbol(.openBracket): return try parseList()
        case .symbol(.openBrace): return try parseDictionary()
        default: throw unexpected("expected a value")
        }
    }

    private mutating func parseList() throws(TemplateError) -> Expression {
        let location = current.location
        try expect(.openBracket)
        var elements: [Expression] = []
        while !take(.closeBracket) {
            if !elements.isEmpty {
                try expect(.comma)
                if take(.closeBracket) { break }
            }
            elements.append(try parseExpression())
        }
        return Expression(kind: .list(elements), location: location)
    }

    private mutating func parseDictionary() throws(TemplateError) -> Expression {
        let location = current.location
        try expect(.openBrace)
        var entries: [(key: Expression, value: Expression)] = []
        while !take(.closeBrace) {
            if !entries.isEmpty {
                try expect(.comma)
                if take(.closeBrace) { break }
            }
            let key = try parseExpression()
            try expect(.colon)
            entries.append((key, try parseExpression()))
        }
        return Expression(kind: .dictionary(entries), location: location)
    }
}
