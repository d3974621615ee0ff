import Glibc

/// Where Bora keeps what it would have to compute again: `$XDG_CACHE_HOME/bora`, by default
/// `~/.cache/bora` (XDG Base Directory Specification).
package enum UserCache {
    /// nil where the user has no home.
    package static var folder: String? {
        if let folder = environment("XDG_CACHE_HOME") { return "\(folder)/bora" }
        return environment("HOME").map { "\($0)/.cache/bora" }
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}
