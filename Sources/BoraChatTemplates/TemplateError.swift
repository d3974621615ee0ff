/// A place in a template's source; lines and columns count from 1, columns in code points.
package struct SourceLocation: Hashable, Sendable {
    package let line: Int
    package let column: Int
}

/// A template that cannot be parsed or rendered: what is wrong, and where.
package struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The source does not follow Jinja's grammar.
        case syntax
        /// A value that is not defined was used for more than printing or testing it.
        case undefined
        /// An operation does not apply to a value of this type, or to arguments like these.
        case type
        /// A value is outside what an operation accepts: a division by zero, an empty separator.
        case value
        /// The template itself called `raise_exception`: the conversation does not suit it.
        case raised
        /// The template needs more steps, memory or nesting than `TemplateLimits` allow.
        case limit
        /// The template uses a part of Jinja that chat templates do not have here.
        case unsupported
    }

    package let code: Code
    package let message: String
    /// The template's name, as given to `ChatTemplate`.
    package private(set) var template = ""
    package private(set) var location: SourceLocation?

    package init(_ code: Code, _ message: String, at location: SourceLocation? = nil) {
        self.code = code
        self.message = message
        self.location = location
    }

    /// The same error with a place, unless it has one: the innermost place is the best.
    func located(at location: SourceLocation) -> TemplateError {
        var error = self
        error.location = self.location ?? location
        return error
    }

    func named(_ template: String) -> TemplateError {
        var error = self
        error.template = template
        return error
    }

    package var description: String {
        let place = location.map { ", line \($0.line), column \($0.column)" } ?? ""
        return "chat template \(template)\(place): \(message)"
    }
}
