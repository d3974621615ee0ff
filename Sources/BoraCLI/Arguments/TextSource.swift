import ArgumentParser

/// Where a command's text comes from when it is not an argument.
struct TextSource {
    /// The text given by an option, else that of a file, else standard input; nil when standard
    /// input is a terminal, where nothing would come.
    static func read(option: String?, file: String?) throws -> String? {
        if let option { return option }
        if let file { return try Descriptor.text(ofFile: file) }
        guard !Descriptor.standardInput.isTerminal else { return nil }
        return try Descriptor.standardInput.text()
    }
}
