/// The state of a `for` loop, which its body reads as `loop`.
final class Loop {
    let statement: LoopStatement
    /// The scope around the loop.
    let outer: Scope
    /// Loops around this one, when it calls itself.
    let depth0: Int
    private(set) var index0 = -1
    private(set) var previous: Value?
    private(set) var current: Value?
    private(set) var lastChanged: [Value]?
    private var source: ArraySlice<Value>
    private var lookahead: Value?
    private var isFiltered: Bool

    init(_ statement: LoopStatement, over elements: [Value], outer: Scope, depth0: Int) {
        self.statement = statement
        self.outer = outer
        self.depth0 = depth0
        source = elements[...]
        isFiltered = statement.condition != nil
    }

    /// Moves to the next element, if there is one.
    func advance(_ interpreter: Interpreter) throws(TemplateError) -> Value? {
        guard let element = try peek(interpreter) else { return nil }
        lookahead = nil
        previous = current
        current = element
        index0 += 1
        return element
    }

    /// The element after the current one. The loop's condition is asked only now, as in Jinja.
    private func peek(_ interpreter: Interpreter) throws(TemplateError) -> Value? {
        while lookahead == nil, let element = source.popFirst() {
            if isFiltered, !(try interpreter.accepts(element, in: self)) { continue }
            lookahead = element
        }
        return lookahead
    }

    private func length(_ interpreter: Interpreter) throws(TemplateError) -> Int {
        if isFiltered {
            var rest: [Value] = []
            while let element = try peek(interpreter) {
                rest.append(element)
                lookahead = nil
            }
            source = rest[...]
            isFiltered = false
        }
        return index0 + 1 + source.count + (lookahead == nil ? 0 : 1)
    }

    /// `loop.name`; `nil` when there is no such attribute.
    func attribute(
        _ name: String, _ interpreter: Interpreter
    ) throws(TemplateError) -> Value? {
        switch name {
        case "index": return .integer(index0 + 1)
        case "index0": return .integer(index0)
        case "revindex": return .integer(try length(interpreter) - index0)
        case "revindex0": return .integer(try length(interpreter) - index0 - 1)
        case "first": return .boolean(index0 == 0)
        case "last": return .boolean(try peek(interpreter) == nil)
        case "length": return .integer(try length(interpreter))
        case "depth": return .integer(depth0 + 1)
        case "depth0": return .integer(depth0)
        case "previtem": return previous ?? .undefined("there is no previous item")
        case "nextitem": return try peek(interpreter) ?? .undefined("there is no next item")
        default: return nil
        }
    }

    /// `loop.changed(…)`: whether the values differ from those of the call before.
    func changed(_ values: [Value]) -> Bool {
        defer { lastChanged = values }
        return lastChanged != values
    }
}
