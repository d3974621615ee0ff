extension Array where Element == String {
    /// As people list things: `a`, `a and b`, `a, b and c`; `none` where there is nothing.
    package var list: String {
        guard count > 1, let last else { return first ?? "none" }
        return dropLast().joined(separator: ", ") + " and " + last
    }
}
