import CPCRE2

/// A regular expression over UTF-8, compiled to machine code by PCRE2.
///
/// The only unsafe code of the module is here.
///
/// `@unchecked Sendable`: compiled code and the context are only read (pcre2api,
/// "Multithreading"); every call makes its own match data.
@safe final class Pattern: @unchecked Sendable {
    private let code: OpaquePointer
    private let context: OpaquePointer

    /// Compiles one of the program's own patterns: an invalid one is a programmer's mistake.
    init(_ pattern: String) {
        var error: Int32 = 0
        var offset = 0
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP)
        let compiled = unsafe Array(pattern.utf8).withUnsafeBufferPointer {
            unsafe pcre2_compile_8($0.baseAddress, $0.count, options, &error, &offset, nil)
        }
        guard let compiled = unsafe compiled else {
            fatalError("\(pattern): \(Self.message(error)) at \(offset)")
        }
        unsafe code = compiled
        guard let context = unsafe pcre2_match_context_create_8(nil) else {
            fatalError("out of memory")
        }
        // The default stops at ten million steps, which a long run of line breaks takes.
        unsafe pcre2_set_match_limit_8(context, .max)
        unsafe self.context = context
        // Without machine code, where the system forbids making it, PCRE2 interprets.
        unsafe pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE))
    }

    deinit {
        unsafe pcre2_match_context_free_8(context)
        unsafe pcre2_code_free_8(code)
    }

    /// Cuts a range of well-formed UTF-8 into matches and what lies between them, in order. The
    /// pattern sees nothing outside the range.
    func split(_ text: [UInt8], _ range: Range<Int>, into pieces: inout [Range<Int>]) {
        let data = unsafe pcre2_match_data_create_8(1, nil)
        defer { unsafe pcre2_match_data_free_8(data) }
        unsafe text.withUnsafeBufferPointer { buffer in
            let subject = unsafe buffer.baseAddress.map { unsafe $0 + range.lowerBound }
            var position = 0
            while position < range.count {
                let match = unsafe next(subject, range.count, from: position, data)
                let found = match ?? range.count..<range.count
                for piece in [position..<found.lowerBound, found] where !piece.isEmpty {
                    let start = range.lowerBound + piece.lowerBound
                    pieces.append(start..<start + piece.count)
                }
                position = found.upperBound
            }
        }
    }

    /// The first match at or after `start`.
    @unsafe private func next(
        _ subject: UnsafePointer<UInt8>?, _ count: Int, from start: Int, _ data: OpaquePointer?
    ) -> Range<Int>? {
        // `String` has seen to it that the text is UTF-8.
        let options = UInt32(PCRE2_NO_UTF_CHECK)
        var result = unsafe pcre2_match_8(code, subject, count, start, options, data, context)
        if result == PCRE2_ERROR_JIT_STACKLIMIT {
            result = unsafe pcre2_match_8(
                code, subject, count, start, options | UInt32(PCRE2_NO_JIT), data, context)
        }
        guard result != PCRE2_ERROR_NOMATCH else { return nil }
        // The patterns are possessive and the context sets no limit: no text makes them fail.
        precondition(result >= 0, "PCRE2: \(Self.message(result))")
        let ends = unsafe pcre2_get_ovector_pointer_8(data)!
        let (lower, upper) = unsafe (Int(ends[0]), Int(ends[1]))
        precondition(lower < upper, "a pattern of words matches nothing")
        return lower..<upper
    }

    private static func message(_ error: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let length = unsafe text.withUnsafeMutableBufferPointer {
            unsafe pcre2_get_error_message_8(error, $0.baseAddress, $0.count)
        }
        return String(decoding: text.prefix(max(0, Int(length))), as: UTF8.self)
    }
}
