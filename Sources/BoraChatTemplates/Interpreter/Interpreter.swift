/// Renders one template once: walks the statements and writes the output. Expressions are in
/// `Interpreter+Expressions.swift`, what can be called in `Interpreter+Calls.swift`.
final class Interpreter {
    let clock: TemplateClock?
    let limits: TemplateLimits
    var scope: Scope
    var objects: [TemplateObject] = []
    private var output = ""
    private var steps = 0
    private var bytes = 0
    private var nesting = 0

    /// How a body ended.
    private enum Outcome {
        case completed
        case broken
        case continued
    }

    static func render(
        _ statements: [Statement], context: some Sequence<(String, Value)>, clock: TemplateClock?,
        limits: TemplateLimits
    ) throws(TemplateError) -> String {
        let globals = Scope(inside: nil)
        for name in Functions.all.keys { globals[name] = .function(name) }
        let variables = Scope(inside: globals)
        for (name, value) in context {
            guard value.depth <= limits.valueNesting else { throw tooDeep(limits) }
            variables[name] = value
        }
        let interpreter = Interpreter(Scope(inside: variables), clock, limits)
        _ = try interpreter.execute(statements)
        return interpreter.output
    }

    private init(_ scope: Scope, _ clock: TemplateClock?, _ limits: TemplateLimits) {
        self.scope = scope
        self.clock = clock
        self.limits = limits
    }

    // MARK: Limits

    /// Counts a step, and runs `body` one level deeper.
    func step<Result>(
        _ body: () throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        steps += 1
        guard steps <= limits.steps else {
            throw TemplateError(.limit, "the template needs more than \(limits.steps) steps")
        }
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= limits.evaluationNesting else {
            throw TemplateError(
                .limit, "more than \(limits.evaluationNesting) levels of evaluation")
        }
        return try body()
    }

    /// Counts bytes that an operation reads or is about to make; a factor that overflows counts
    /// as too many.
    func spend(bytes count: Int, times factor: Int = 1) throws(TemplateError) {
        let (product, overflow) = count.multipliedReportingOverflow(by: max(factor, 0))
        let (sum, sumOverflow) = bytes.addingReportingOverflow(product)
        guard !overflow, !sumOverflow, sum <= limits.bytes else {
            throw TemplateError(
                .limit, "the template works on more than \(limits.bytes) bytes")
        }
        bytes = sum
    }

    static func tooDeep(_ limits: TemplateLimits) -> TemplateError {
        TemplateError(.limit, "a value holds more than \(limits.valueNesting) levels of values")
    }

    func make(_ object: TemplateObject) throws(TemplateError) -> Value {
        try spend(bytes: 512)
        objects.append(object)
        return .object(ObjectReference(index: objects.count - 1))
    }

    /// Elements that are made when they are first read, as Jinja's lazy filters make them: what
    /// nobody reads does not fail.
    func generator(
        _ elements: @escaping (Interpreter) throws(TemplateError) -> [Value]
    ) throws(TemplateError) -> Value {
        try make(.generator(elements))
    }

    // MARK: Output

    private func write(_ text: String) throws(TemplateError) {
        try spend(bytes: text.utf8.count)
        output += text
    }

    /// Writes what `call` and `filter` made of their bodies: Python joins texts, and nothing else.
    private func writeText(_ value: Value) throws(TemplateError) {
        guard case .string(let text) = value.withoutMarkup else {
            throw TemplateError(.type, "a block is made a string, not '\(value.typeName)'")
        }
        try write(text)
    }

    /// What `body` writes, instead of writing it.
    func capture(_ body: () throws(TemplateError) -> Void) throws(TemplateError) -> String {
        let outer = output
        output = ""
        defer { output = outer }
        try body()
        return output
    }

    /// Runs `body` with a scope of its own inside `outer`.
    func within<Result>(
        _ outer: Scope, _ body: () throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        let saved = scope
        scope = Scope(inside: outer)
        defer { scope = saved }
        return try body()
    }

    // MARK: Statements

    func run(_ body: [Statement]) throws(TemplateError) { _ = try execute(body) }

    private func execute(_ body: [Statement]) throws(TemplateError) -> Outcome {
        for statement in body {
            let outcome: Outcome
            do throws(TemplateError) {
                outcome = try step { () throws(TemplateError) in try execute(statement) }
            } catch {
                throw error.located(at: statement.location)
            }
            if outcome != .completed { return outcome }
        }
        return .completed
    }

    private func execute(_ statement: Statement) throws(TemplateError) -> Outcome {
        switch statement.kind {
        case .data(let text): try write(text)
        case .output(let expression): try write(try text(of: try evaluate(expression)))
        case .conditional(let branches, let otherwise):
            for (condition, body) in branches where try evaluate(condition).isTrue {
                return try execute(body)
            }
            return try execute(otherwise)
        case .loop(let loop):
            try run(loop, over: try elements(of: try evaluate(loop.elements)), depth0: 0)
        case .breakLoop: return .broken
        case .continueLoop: return .continued
        case .assignment(let target, let expression):
            try assign(try evaluate(expression), to: target)
        case .capture(let target, let filters, let body):
            try assign(try captured(body, through: filters), to: target)
        case .macro(let macro): scope[macro.name] = try make(.macro(macro, scope))
        case .call(let caller, let expression):
            guard case .call(let callee, let arguments) = expression.kind else { break }
            var values = try evaluate(arguments)
            values.named.append(("caller", try make(.macro(caller, scope))))
            try writeText(try call(try evaluate(callee), values))
        case .filtered(let filters, let body):
            try writeText(try captured(body, through: filters))
        case .scope(let assignments, let body):
            var values: [Value] = []
            for (_, value) in assignments { values.append(try evaluate(value)) }
            return try within(scope) { () throws(TemplateError) in
                for (assignment, value) in zip(assignments, values) {
                    try assign(value, to: assignment.target)
                }
                return try execute(body)
            }
        }
        return .completed
    }

    private func captured(
        _ body: [Statement], through filters: [FilterCall]
    ) throws(TemplateError) -> Value {
        var value = Value.string(
            try within(scope) { () throws(TemplateError) in
                try capture { () throws(TemplateError) in try run(body) }
            })
        for filter in filters { value = try apply(filter, to: value) }
        return value
    }

    func assign(_ value: Value, to target: Target) throws(TemplateError) {
        switch target {
        case .name(let name): scope[name] = value
        case .attribute(let owner, let name):
            guard case .object(let reference)? = scope[owner],
                case .namespace(var fields) = objects[reference.index]
            else {
                throw TemplateError(
                    .type, "'\(owner)' is no namespace, so '\(name)' cannot be set in it")
            }
            try Functions.checkField(name)
            fields[name] = value.withoutMarkup
            objects[reference.index] = .namespace(fields)
        case .tuple(let targets):
            let parts = try elements(of: value)
            guard parts.count == targets.count else {
                throw TemplateError(
                    .value, "cannot take \(parts.count) values apart into \(targets.count) names")
            }
            for (part, target) in zip(parts, targets) { try assign(part, to: target) }
        }
    }

    // MARK: Loops

    func run(
        _ statement: LoopStatement, over elements: [Value], depth0: Int
    ) throws(TemplateError) {
        let loop = Loop(statement, over: elements, outer: scope, depth0: depth0)
        let reference = try make(.loop(loop))
        // As in Jinja, an element whose body was left early does not count against the `else`.
        var isElse = true
        while let element = try loop.advance(self) {
            let outcome = try step { () throws(TemplateError) in
                try within(loop.outer) { () throws(TemplateError) in
                    scope["loop"] = reference
                    try assign(element, to: statement.target)
                    return try execute(statement.body)
                }
            }
            if outcome == .broken { break }
            if outcome == .completed { isElse = false }
        }
        guard isElse else { return }
        _ = try within(loop.outer) { () throws(TemplateError) in try execute(statement.otherwise) }
    }

    /// Whether the loop's condition holds for an element.
    func accepts(_ element: Value, in loop: Loop) throws(TemplateError) -> Bool {
        guard let condition = loop.statement.condition else { return true }
        return try within(loop.outer) { () throws(TemplateError) in
            scope["loop"] = .undefined("the loop's condition cannot use 'loop'")
            try assign(element, to: loop.statement.target)
            return try evaluate(condition).isTrue
        }
    }
}
