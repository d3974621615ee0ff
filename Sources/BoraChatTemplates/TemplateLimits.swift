/// What a template may use, so that none can hang, fill the memory or overflow the stack.
package struct TemplateLimits: Hashable, Sendable {
    /// Code points of source.
    package var sourceLength = 1 << 20
    /// Statements and expressions evaluated in one rendering.
    package var steps = 2_000_000
    /// Bytes of text and containers read and made by operations in one rendering, in all. No more
    /// than this can be alive at once.
    package var bytes = 1 << 28
    /// Expressions and blocks inside one another in the source.
    package var sourceNesting = 150
    /// Expressions and statements under evaluation inside one another, macros' bodies included.
    package var evaluationNesting = 500
    /// Containers inside one another.
    package var valueNesting = 100

    package init() {}
}
