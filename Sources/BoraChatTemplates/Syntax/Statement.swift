/// A tag or a stretch of text, as the parser understood it.
struct Statement: Sendable {
    let kind: Kind
    let location: SourceLocation

    indirect enum Kind: Sendable {
        case data(String)
        case output(Expression)
        case conditional(
            branches: [(condition: Expression, body: [Statement])], otherwise: [Statement])
        case loop(LoopStatement)
        case breakLoop
        case continueLoop
        /// `set a, b = value`
        case assignment(Target, Expression)
        /// `set a | filter` … `endset`
        case capture(Target, [FilterCall], [Statement])
        case macro(Macro)
        /// `call(parameters) macro()` … `endcall`: the body is the macro's `caller`.
        case call(Macro, Expression)
        case filtered([FilterCall], [Statement])
        /// `with a = 1` … `endwith`, and blocks that only open a scope.
        case scope([(target: Target, value: Expression)], [Statement])
    }
}

/// What can be assigned to.
indirect enum Target: Sendable {
    case name(String)
    /// `namespace.attribute`
    case attribute(of: String, String)
    case tuple([Target])
}

struct LoopStatement: Sendable {
    let target: Target
    let elements: Expression
    let condition: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
}

struct Macro: Sendable {
    let name: String
    let parameters: [(name: String, standard: Expression?)]
    let body: [Statement]
    /// Which of `varargs`, `kwargs` and `caller` the body reads, and so accepts.
    let extras: Set<String>
}
