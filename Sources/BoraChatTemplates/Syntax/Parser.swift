/// Makes a syntax tree of tokens: here the statements, in `Parser+Expression.swift` the
/// expressions. The grammar is that of Jinja 3.1.
struct Parser {
    private let tokens: [Token]
    private var index = 0
    private let limits: TemplateLimits
    private var nesting = 0
    private var loopNesting = 0
    /// For each macro around the current place, the names its body reads.
    private var namesReadInMacros: [Set<String>] = []
    /// Whether an unknown filter or test is an error only if it is reached: so it is in `if`,
    /// where templates ask what there is, and not in bodies with a scope of their own inside it.
    private var isInBranch = false
    /// Unknown filters and tests that are errors, unless the expression turns out to be a branch
    /// (`a if b else c`).
    private var unknown: [TemplateError] = []

    static func statements(
        of source: String, _ limits: TemplateLimits
    ) throws(TemplateError) -> [Statement] {
        var parser = Parser(tokens: try Lexer.tokens(of: source, limits), limits: limits)
        let statements = try parser.parseBody(until: [])
        if let error = parser.unknown.first { throw error }
        return statements
    }

    private init(tokens: [Token], limits: TemplateLimits) {
        self.tokens = tokens
        self.limits = limits
    }

    // MARK: Tokens

    var current: Token { tokens[index] }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
    }

    mutating func take(_ symbol: Token.Symbol) -> Bool { take(.symbol(symbol)) }
    mutating func take(word: String) -> Bool { take(.name(word)) }

    private mutating func take(_ kind: Token.Kind) -> Bool {
        guard current.kind == kind else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Token.Symbol) throws(TemplateError) {
        try expect(.symbol(symbol))
    }

    private mutating func expect(_ kind: Token.Kind) throws(TemplateError) {
        guard take(kind) else { throw unexpected("expected \(kind.words)") }
    }

    mutating func expectName() throws(TemplateError) -> String {
        guard case .name(let name) = current.kind else { throw unexpected("expected a name") }
        advance()
        return name
    }

    func unexpected(_ expectation: String) -> TemplateError {
        TemplateError(
            .syntax, "\(expectation), found \(current.kind.words)", at: current.location)
    }

    /// Goes one level deeper for the rest of the caller, which ends with `leave`.
    mutating func enter(_ levels: Int = 1) throws(TemplateError) {
        nesting += levels
        guard nesting <= limits.sourceNesting else {
            throw TemplateError(
                .limit, "more than \(limits.sourceNesting) levels of nesting",
                at: current.location)
        }
    }

    mutating func leave(_ levels: Int = 1) { nesting -= levels }

    mutating func noteRead(_ name: String) {
        if !namesReadInMacros.isEmpty {
            namesReadInMacros[namesReadInMacros.count - 1].insert(name)
        }
    }

    mutating func noteUnknown(_ error: TemplateError) {
        if !isInBranch { unknown.append(error) }
    }

    /// What is unknown in an expression is an error only if it is reached.
    mutating func forgiveUnknown(since count: Int) { unknown.removeSubrange(count...) }

    var unknownCount: Int { unknown.count }

    private mutating func parse<Part>(
        inBranch isInBranch: Bool, _ part: (inout Parser) throws(TemplateError) -> Part
    ) throws(TemplateError) -> Part {
        let outer = self.isInBranch
        self.isInBranch = isInBranch
        defer { self.isInBranch = outer }
        return try part(&self)
    }

    // MARK: Bodies

    /// Statements up to a tag that starts with one of the words, whose word becomes the current
    /// token; with no words, up to the end of the template.
    private mutating func parseBody(until words: [String]) throws(TemplateError) -> [Statement] {
        try enter()
        defer { leave() }
        var statements: [Statement] = []
        while true {
            let start = current
            switch start.kind {
            case .end:
                guard words.isEmpty else {
                    let choices = words.map { "'\($0)'" }.joined(separator: " or ")
                    throw unexpected("expected \(choices)")
                }
                return statements
            case .data(let text):
                advance()
                statements.append(Statement(kind: .data(text), location: start.location))
            case .outputStart:
                advance()
                let expression = try parseTuple()
                try expect(.outputEnd)
                statements.append(Statement(kind: .output(expression), location: start.location))
            default:
                try expect(.blockStart)
                if case .name(let word) = current.kind, words.contains(word) { return statements }
                let location = current.location
                statements.append(Statement(kind: try parseStatement(), location: location))
                try expect(.blockEnd)
            }
        }
    }

    /// The rest of a tag, and the statements up to its end tag, whose name is taken.
    private mutating func parseBlock(end: String) throws(TemplateError) -> [Statement] {
        try expect(.blockEnd)
        let body = try parseBody(until: [end])
        advance()
        return body
    }

    /// The same for a body with a scope of its own.
    private mutating func parseScopedBlock(end: String) throws(TemplateError) -> [Statement] {
        try parse(inBranch: false) { parser throws(TemplateError) in
            try parser.parseBlock(end: end)
        }
    }

    private mutating func parseStatement() throws(TemplateError) -> Statement.Kind {
        guard case .name(let word) = current.kind else { throw unexpected("expected a tag's name") }
        let location = current.location
        advance()
        switch word {
        case "if":
            return try parse(inBranch: true) { parser throws(TemplateError) in
                try parser.parseConditional()
            }
        case "for": return .loop(try parseLoop())
        case "set": return try parseAssignment()
        case "macro": return .macro(try parseMacro())
        case "call": return try parseCallBlock()
        case "filter":
            let filters = try parse(inBranch: false) { parser throws(TemplateError) in
                try parser.parseFilterNames()
            }
            return .filtered(filters, try parseScopedBlock(end: "endfilter"))
        case "with": return try parseScope()
        case "generation": return .scope([], try parseScopedBlock(end: "endgeneration"))
        case "break", "continue":
            guard loopNesting > 0 else {
                throw TemplateError(.syntax, "'\(word)' outside of a loop", at: location)
            }
            return word == "break" ? .breakLoop : .continueLoop
        case "extends", "include", "import", "from", "block", "autoescape", "print":
            throw TemplateError(
                .unsupported, "'\(word)' is not part of chat templates here", at: location)
        default:
            throw TemplateError(.syntax, "there is no tag '\(word)' to begin here", at: location)
        }
    }

    private mutating func parseConditional() throws(TemplateError) -> Statement.Kind {
        var branches: [(condition: Expression, body: [Statement])] = []
        while true {
            let condition = try parseTuple(withConditional: false)
            try expect(.blockEnd)
            branches.append((condition, try parseBody(until: ["elif", "else", "endif"])))
            if take(word: "elif") { continue }
            let hasElse = take(word: "else")
            if !hasElse { advance() }
            return .conditional(
                branches: branches, otherwise: hasElse ? try parseBlock(end: "endif") : [])
        }
    }

    private mutating func parseLoop() throws(TemplateError) -> LoopStatement {
        let target = try parseTarget(endWord: "in", withAttributes: false)
        guard take(word: "in") else { throw unexpected("expected 'in'") }
        let elements = try parseTuple(withConditional: false, endWord: "recursive")
        let condition = take(word: "if") ? try parseExpression() : nil
        let isRecursive = take(word: "recursive")
        try expect(.blockEnd)
        loopNesting += 1
        let body = try parse(inBranch: false) { parser throws(TemplateError) in
            try parser.parseBody(until: ["endfor", "else"])
        }
        loopNesting -= 1
        let hasElse = take(word: "else")
        if !hasElse { advance() }
        return LoopStatement(
            target: target, elements: elements, condition: condition, isRecursive: isRecursive,
            body: body, otherwise: hasElse ? try parseScopedBlock(end: "endfor") : [])
    }

    private mutating func parseAssignment() throws(TemplateError) -> Statement.Kind {
        let target = try parseTarget(endWord: nil, withAttributes: true)
        if take(.assign) { return .assignment(target, try parseTuple()) }
        let filters = try parse(inBranch: false) { parser throws(TemplateError) in
            try parser.parseFilterChain()
        }
        return .capture(target, filters, try parseScopedBlock(end: "endset"))
    }

    private mutating func parseMacro() throws(TemplateError) -> Macro {
        let name = try expectName()
        let parameters = try parseParameters()
        let (body, extras) = try parseMacroBody(end: "endmacro")
        return Macro(name: name, parameters: parameters, body: body, extras: extras)
    }

    private mutating func parseCallBlock() throws(TemplateError) -> Statement.Kind {
        let hasParameters = current.kind == .symbol(.openParenthesis)
        let parameters = hasParameters ? try parseParameters() : []
        let call = try parseExpression()
        guard case .call = call.kind else {
            throw TemplateError(.syntax, "expected a call", at: call.location)
        }
        let (body, extras) = try parseMacroBody(end: "endcall")
        let caller = Macro(name: "caller", parameters: parameters, body: body, extras: extras)
        return .call(caller, call)
    }

    private mutating func parseMacroBody(
        end: String
    ) throws(TemplateError) -> (body: [Statement], extras: Set<String>) {
        let outerLoops = loopNesting
        loopNesting = 0
        namesReadInMacros.append([])
        let body = try parseScopedBlock(end: end)
        let read = namesReadInMacros.removeLast()
        loopNesting = outerLoops
        for name in read { noteRead(name) }
        return (body, read.intersection(["varargs", "kwargs", "caller"]))
    }

    private mutating func parseParameters()
        throws(TemplateError) -> [(name: String, standard: Expression?)]
    {
        var parameters: [(name: String, standard: Expression?)] = []
        try expect(.openParenthesis)
        while !take(.closeParenthesis) {
            if !parameters.isEmpty { try expect(.comma) }
            let name = try expectName()
            let standard = take(.assign) ? try parseExpression() : nil
            if standard == nil, let last = parameters.last, last.standard != nil {
                throw unexpected("'\(name)' needs a default, as the parameter before it has one")
            }
            parameters.append((name, standard))
        }
        return parameters
    }

    private mutating func parseScope() throws(TemplateError) -> Statement.Kind {
        var assignments: [(target: Target, value: Expression)] = []
        while current.kind != .blockEnd {
            if !assignments.isEmpty { try expect(.comma) }
            let target = try parseTarget(endWord: nil, withAttributes: false, withTuple: false)
            try expect(.assign)
            assignments.append((target, try parseExpression()))
        }
        return .scope(assignments, try parseScopedBlock(end: "endwith"))
    }

    // MARK: Targets

    /// Names to assign to, in parentheses or not, up to `endWord`.
    private mutating func parseTarget(
        endWord: String?, withAttributes: Bool, withTuple: Bool = true
    ) throws(TemplateError) -> Target {
        var targets: [Target] = []
        while true {
            if !targets.isEmpty, isTupleEnd(endWord) || current.kind == .symbol(.assign) { break }
            targets.append(try parseSingleTarget(withAttributes: withAttributes))
            guard withTuple, take(.comma) else {
                if targets.count == 1 { return targets[0] }
                break
            }
        }
        return .tuple(targets)
    }

    private mutating func parseSingleTarget(
        withAttributes: Bool
    ) throws(TemplateError) -> Target {
        try enter()
        defer { leave() }
        if take(.openParenthesis) {
            let target = try parseTarget(endWord: nil, withAttributes: withAttributes)
            try expect(.closeParenthesis)
            return target
        }
        let location = current.location
        let name = try expectName()
        guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
            throw TemplateError(.syntax, "cannot assign to '\(name)'", at: location)
        }
        guard withAttributes, take(.dot) else { return .name(name) }
        return .attribute(of: name, try expectName())
    }
}
