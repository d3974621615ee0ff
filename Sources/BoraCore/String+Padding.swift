extension String {
    /// Spaces after the text, up to `width` characters.
    package func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// Spaces before the text, up to `width` characters.
    package func padded(leading width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
