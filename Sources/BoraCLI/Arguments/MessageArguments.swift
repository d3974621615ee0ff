import ArgumentParser

/// How much a command tells beside its result, on standard error.
struct MessageArguments: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print the result and errors, nothing else.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print more of what is going on.")
    var verbose = false

    func validate() throws {
        guard !(quiet && verbose) else {
            throw ValidationError("--quiet and --verbose exclude each other.")
        }
    }

    func note(_ line: String) {
        if !quiet { Descriptor.standardError.print(line) }
    }

    /// Tells what the user should know, a line each.
    func warn(_ warnings: [String]) {
        for warning in warnings { note("warning: \(warning)") }
    }

    /// Tells somebody who waits at a terminal what for.
    func tellWaiting(_ line: String) {
        if Descriptor.standardError.isTerminal { note("\(line) …") }
    }

    func detail(_ line: String) {
        if verbose { Descriptor.standardError.print(line) }
    }
}
