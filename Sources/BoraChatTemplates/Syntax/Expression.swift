/// A part of a template that has a value, as the parser understood it.
struct Expression: Sendable {
    let kind: Kind
    let location: SourceLocation

    indirect enum Kind: Sendable {
        case literal(Value)
        case name(String)
        case list([Expression])
        case tuple([Expression])
        case dictionary([(key: Expression, value: Expression)])
        /// `a.b`
        case attribute(Expression, String)
        /// `a[b]`
        case element(Expression, Expression)
        /// `start:stop:step`, which stands in brackets only.
        case slice(Expression?, Expression?, Expression?)
        case call(Expression, Arguments)
        case filter(Expression, FilterCall)
        case test(Expression, FilterCall)
        case not(Expression)
        case negative(Expression)
        case positive(Expression)
        case binary(BinaryOperator, Expression, Expression)
        /// `a ~ b ~ c`
        case concatenation([Expression])
        /// `a < b <= c`
        case comparison(Expression, [(operation: ComparisonOperator, right: Expression)])
        /// `a and b and c`
        case conjunction([Expression])
        /// `a or b or c`
        case disjunction([Expression])
        case conditional(
            condition: Expression, then: Expression, otherwise: Expression?)
    }
}

struct Arguments: Sendable {
    var positional: [Expression] = []
    var named: [(name: String, value: Expression)] = []
    /// `*list`
    var spread: Expression?
    /// `**dictionary`
    var namedSpread: Expression?
}

/// A filter or a test, with its arguments.
struct FilterCall: Sendable {
    let name: String
    let arguments: Arguments
    let location: SourceLocation
}

enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
}

enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
}
