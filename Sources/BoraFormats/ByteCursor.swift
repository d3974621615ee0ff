import BoraCore

/// Reads a file front to back. Nothing is read, skipped or sized before it is known to lie inside
/// the file; errors carry the byte offset and the key or tensor being read.
struct ByteCursor: ~Escapable {
    let file: String
    private let bytes: RawSpan
    private(set) var offset: Int
    /// What is being read, for messages.
    var subject: FormatError.Subject?

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, at offset: Int = 0, file: String) {
        self.bytes = bytes
        self.offset = offset
        self.file = file
    }

    var remaining: Int { bytes.byteCount - offset }

    func error(
        _ code: FormatError.Code, at offset: Int? = nil, _ explanation: String
    ) -> FormatError {
        FormatError(
            code, file: file, offset: offset ?? self.offset, subject: subject, explanation)
    }

    /// Moves past `count` bytes and returns where they lie.
    @discardableResult
    mutating func skip(
        _ count: UInt64, _ what: @autoclosure () -> String
    ) throws(FormatError) -> Range<Int> {
        guard count <= UInt64(remaining) else {
            throw error(
                .truncated,
                "\(what()) takes \(count) bytes, but the file ends after \(remaining) more")
        }
        let start = offset
        offset += Int(count)
        return start..<offset
    }

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ what: @autoclosure () -> String, as type: Value.Type = Value.self
    ) throws(FormatError) -> Value {
        let range = try skip(UInt64(MemoryLayout<Value>.size), what())
        return bytes.integer(at: range.lowerBound)
    }

    /// A 64-bit number of things that each take at least `minimumBytes`, so that memory may be
    /// reserved for them.
    mutating func count(
        of what: @autoclosure () -> String, minimumBytes: Int, limit: UInt64 = .max
    ) throws(FormatError) -> Int {
        let start = offset
        let count = try integer("the number of \(what())", as: UInt64.self)
        guard count <= limit else {
            throw error(
                .limitExceeded, at: start,
                "it claims \(count) \(what()), more than the \(limit) that Bora accepts")
        }
        guard count <= UInt64(remaining / minimumBytes) else {
            throw error(
                .truncated, at: start,
                "it claims \(count) \(what()), but only \(remaining) bytes follow")
        }
        return Int(count)
    }

    /// Moves past a 64-bit length and as many bytes, and returns where the bytes lie.
    @discardableResult
    mutating func lengthPrefixed(
        _ what: @autoclosure () -> String
    ) throws(FormatError) -> Range<Int> {
        let length = try integer("the length of \(what())", as: UInt64.self)
        return try skip(length, what())
    }

    /// A 64-bit length and as many bytes of UTF-8.
    mutating func text(_ what: @autoclosure () -> String) throws(FormatError) -> String {
        let range = try lengthPrefixed(what())
        guard let text = bytes.extracting(range).text() else {
            throw error(.invalidText, at: range.lowerBound, "\(what()) is not valid UTF-8")
        }
        return text
    }
}
