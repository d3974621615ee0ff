/// The smallest piece of a template's source that means something.
struct Token {
    enum Kind: Equatable {
        /// Text outside of tags, after whitespace control.
        case data(String)
        case outputStart
        case outputEnd
        case blockStart
        case blockEnd
        case name(String)
        case string(String)
        case integer(Int)
        case float(Double)
        case symbol(Symbol)
        case end
    }

    enum Symbol: String, CaseIterable {
        case floorDivide = "//"
        case power = "**"
        case equal = "=="
        case notEqual = "!="
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case greater = ">"
        case less = "<"
        case assign = "="
        case add = "+"
        case subtract = "-"
        case divide = "/"
        case multiply = "*"
        case remainder = "%"
        case concatenate = "~"
        case openBracket = "["
        case closeBracket = "]"
        case openParenthesis = "("
        case closeParenthesis = ")"
        case openBrace = "{"
        case closeBrace = "}"
        case dot = "."
        case colon = ":"
        case pipe = "|"
        case comma = ","
        case semicolon = ";"
    }

    let kind: Kind
    let location: SourceLocation
}

extension Token.Kind {
    /// As messages call it.
    var words: String {
        switch self {
        case .data: "text"
        case .outputStart: "'{{'"
        case .outputEnd: "the end of the output ('}}')"
        case .blockStart: "'{%'"
        case .blockEnd: "the end of the statement ('%}')"
        case .name(let name): "'\(name)'"
        case .string: "a string"
        case .integer, .float: "a number"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .end: "the end of the template"
        }
    }
}
