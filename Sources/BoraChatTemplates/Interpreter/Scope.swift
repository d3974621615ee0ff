/// The names that are set in one place of a template: the whole of it, a loop's body, a macro's.
/// What is set inside does not reach the outside.
final class Scope {
    private var values: [String: Value] = [:]
    private let parent: Scope?

    init(inside parent: Scope?) { self.parent = parent }

    subscript(name: String) -> Value? {
        get { values[name] ?? parent?[name] }
        set { values[name] = newValue }
    }
}

/// Something with a state of its own that values refer to.
enum TemplateObject {
    case namespace(ValueDictionary)
    case loop(Loop)
    case macro(Macro, Scope)
    /// What a lazy filter makes when it is read, which takes the elements away.
    case generator((Interpreter) throws(TemplateError) -> [Value])
    /// `cycler(…)`: its values and the position.
    case cycler([Value], Int)
    /// `joiner(separator)`: nothing the first time, then the separator.
    case joiner(String, wasUsed: Bool)
}
