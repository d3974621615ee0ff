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

    /// The text of a file. What is not valid UTF-8 is an error.
    static func text(ofFile path: String) throws(StreamError) -> String {
        let file = try Descriptor(path, "open", O_RDONLY)
        defer { close(file.number) }
        return try file.text()
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
    /// The reader of a pipe has gone.
    let isClosedPipe: Bool

    /// Reads `errno`, so it is made right after the call that failed.
    fileprivate init(_ operation: String, _ name: String) {
        isClosedPipe = errno == EPIPE
        description = "cannot \(operation) \(name): \(unsafe String(cString: strerror(errno)))"
    }

    fileprivate init(_ operation: String, _ name: String, reason: String) {
        isClosedPipe = false
        description = "cannot \(operation) \(name): \(reason)"
    }
}
