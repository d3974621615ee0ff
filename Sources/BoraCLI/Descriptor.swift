import Glibc

/// A file, terminal or pipe, read and written without buffers in between.
struct Descriptor: Sendable {
    static let standardInput = Descriptor(number: 0, name: "standard input")
    static let standardOutput = Descriptor(number: 1, name: "standard output")
    static let standardError = Descriptor(number: 2, name: "standard error")

    private let number: Int32
    private let name: String

    private init(number: Int32, name: String) {
        self.number = number
        self.name = name
    }

    private init(_ path: String, _ operation: String, _ flags: Int32) throws(StreamError) {
        number = unsafe open(path, flags | O_CLOEXEC, 0o666)
        name = path
        guard number >= 0 else { throw StreamError(operation, path) }
    }

    var isTerminal: Bool { isatty(number) == 1 }

    /// Columns of a terminal; nil for anything else, and where the terminal does not say.
    var columns: Int? {
        var size = winsize()
        guard unsafe ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// The text of a file. What is not valid UTF-8 is an error.
    static func text(ofFile path: String) throws(StreamError) -> String {
        let file = try Descriptor(path, "open", O_RDONLY)
        defer { close(file.number) }
        return try file.text()
    }

    /// Writes a new file.
    ///
    /// - Parameter replacing: whether it may take the place of one that exists.
    static func write(_ text: String, toFile path: String, replacing: Bool) throws(StreamError) {
        let mode = replacing ? O_TRUNC : O_EXCL
        let file = try Descriptor(path, "create", O_WRONLY | O_CREAT | mode)
        defer { close(file.number) }
        try file.write(text)
    }

    /// Creates or replaces a file, and closes it after `body`.
    static func replacing(_ path: String, _ body: (Descriptor) async throws -> Void) async throws {
        let file = try Descriptor(path, "create", O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(file.number) }
        try await body(file)
    }

    /// All that is left to read, as text.
    func text() throws(StreamError) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(number, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StreamError("read", name) }
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StreamError("read", name, reason: "it is not UTF-8 text")
        }
        return text
    }

    /// The next line, without its end; nil at the end of input. Bytes that are not UTF-8 become
    /// U+FFFD.
    func line() throws(StreamError) -> String? {
        var bytes: [UInt8] = []
        // A terminal hands over one line at a time, or a piece of one that Ctrl-D pushes out.
        // Anything else would hand over what comes after the line, too.
        var piece = [UInt8](repeating: 0, count: isTerminal ? 1 << 12 : 1)
        while true {
            let count = unsafe read(number, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StreamError("read", name) }
            guard count > 0 else { break }
            bytes += piece.prefix(count)
            if bytes.last == UInt8(ascii: "\n") {
                return String(decoding: bytes.dropLast(), as: UTF8.self)
            }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    func write(_ text: String) throws(StreamError) { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws(StreamError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(number, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StreamError("write to", name) }
            rest = rest.dropFirst(count)
        }
    }

    /// A line for people. That nobody reads it is no reason to stop.
    func print(_ line: String) { try? write(line + "\n") }
}

/// Reading or writing failed.
struct StreamError: Error, CustomStringConvertible {
    let description: String
    /// The system's number for what failed; 0 where the system is not to blame.
    private let code: Int32

    /// The reader of a pipe has gone.
    var isClosedPipe: Bool { code == EPIPE }

    /// A new file was to be made, and there is one of that name.
    var isExistingFile: Bool { code == EEXIST }

    /// Reads `errno`, so it is made right after the call that failed.
    fileprivate init(_ operation: String, _ name: String) {
        code = errno
        description = "cannot \(operation) \(name): \(unsafe String(cString: strerror(code)))"
    }

    fileprivate init(_ operation: String, _ name: String, reason: String) {
        code = 0
        description = "cannot \(operation) \(name): \(reason)"
    }
}
