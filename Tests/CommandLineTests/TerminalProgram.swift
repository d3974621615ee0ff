import Foundation
import Glibc

/// The built program with a terminal as its standard input and standard error, and a file as its
/// standard output.
final class TerminalProgram {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let process: Process
    /// The side of the terminal where the user sits.
    private let user: FileHandle
    private var shown = ""

    /// - Parameter columns: the width that the terminal says it has; 0 for none.
    init(
        _ arguments: [String], output: FileHandle, columns: UInt16 = 0,
        environment: [String: String]? = nil
    ) throws {
        var (user, terminal): (Int32, Int32) = (-1, -1)
        guard unsafe openpty(&user, &terminal, nil, nil, nil) == 0 else {
            throw Failure(description: "no pseudo-terminal to be had")
        }
        // What is typed shall not be shown: then all that is shown is the program's.
        var settings = termios()
        unsafe tcgetattr(terminal, &settings)
        settings.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(terminal, TCSANOW, &settings)
        self.user = FileHandle(fileDescriptor: user, closeOnDealloc: true)
        var size = winsize(ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(terminal, UInt(TIOCSWINSZ), &size)
        process = try BoraProgram.process(arguments, environment: environment)
        let handle = FileHandle(fileDescriptor: terminal, closeOnDealloc: true)
        process.standardInput = handle
        process.standardError = handle
        process.standardOutput = output
        try process.run()
    }

    func type(_ line: String) throws { try user.write(contentsOf: Data((line + "\n").utf8)) }

    /// Ctrl-D at the beginning of a line.
    func typeEnd() throws { try user.write(contentsOf: Data([4])) }

    /// Types a line and returns what is shown until the prompt comes again.
    func answer(_ line: String) throws -> String {
        try type(line)
        return try read(until: "> ")
    }

    /// What is shown up to `text`, which has to come; lines end with a line feed alone.
    @discardableResult
    func read(until text: String) throws -> String {
        while true {
            if let found = shown.range(of: text) {
                let before = String(shown[..<found.lowerBound])
                shown.removeSubrange(..<found.upperBound)
                return before
            }
            // So that a failure is told, and not waited for.
            var wait = pollfd(fd: user.fileDescriptor, events: Int16(POLLIN), revents: 0)
            // (A file handle would wait until all that it was asked for has come.)
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count =
                unsafe poll(&wait, 1, 60_000) == 1
                ? unsafe Glibc.read(user.fileDescriptor, &bytes, bytes.count) : 0
            guard count > 0 else {
                throw Failure(description: "no '\(text)' came, only: \(shown)")
            }
            shown += String(decoding: bytes[..<count], as: UTF8.self)
                .replacing("\r\n", with: "\n")
        }
    }

    /// Waits for the end.
    func exitCode() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .exit
            ? process.terminationStatus : 128 + process.terminationStatus
    }
}
