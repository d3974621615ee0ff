import CPCRE2

/// A regular expression over UTF-8, compiled to machine code by PCRE2.
///
/// The only unsafe code of the module is here.
///
/// `@unchecked Sendable`: compiled code is only read (pcre2api, "Multithreading"); every call
/// makes its own contexts and match data.
@safe final class Pattern: @unchecked Sendable {
    private let code: OpaquePointer
    /// What a file says; nil for one of the program's own patterns, which need no limit.
    private let foreign: String?

    /// Compiles one of the program's own patterns: an invalid one is a programmer's mistake.
    /// Its repetitions are possessive where giving back cannot help, so its time is linear.
    init(_ pattern: String) {
        var problem = ""
        guard let code = unsafe Self.compile(pattern, &problem) else {
            fatalError("\(pattern): \(problem)")
        }
        unsafe self.code = code
        foreign = nil
        unsafe pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    }

    /// Compiles a pattern that a file holds.
    ///
    /// - Parameters:
    ///   - pattern: for PCRE2.
    ///   - original: as the file has it, for messages.
    init(_ pattern: String, original: String) throws(TokenizerError) {
        var problem = ""
        guard let code = unsafe Self.compile(pattern, &problem) else {
            throw TokenizerError(
                .unknownPattern,
                "the pattern \(Self.quoted(original)) is not one that Bora can use: \(problem). "
                    + "Use another model")
        }
        unsafe self.code = code
        foreign = original
        // Without machine code, where the system forbids making it, PCRE2 interprets.
        unsafe pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    }

    deinit {
        unsafe pcre2_code_free_8(code)
    }

    /// Finds the matches in ranges of well-formed UTF-8, in order; some may be empty. The pattern
    /// sees nothing outside a range.
    ///
    /// - Parameters:
    ///   - use: is given each match.
    ///   - end: is given each range, after its matches.
    func search(
        _ text: [UInt8], _ ranges: [Range<Int>], use: (Range<Int>) -> Void,
        end: (Range<Int>) -> Void
    ) throws(TokenizerError) {
        let data = unsafe pcre2_match_data_create_8(1, nil)
        let context = unsafe pcre2_match_context_create_8(nil)
        defer {
            unsafe pcre2_match_data_free_8(data)
            unsafe pcre2_match_context_free_8(context)
        }
        unsafe pcre2_set_match_limit_8(context, limit(text.count))
        if foreign != nil { unsafe pcre2_set_heap_limit_8(context, Self.heapLimit) }
        let failure = unsafe text.withUnsafeBufferPointer { buffer -> Int32? in
            for range in ranges {
                let word = unsafe UnsafeBufferPointer(rebasing: buffer[range])
                let failure = unsafe search(word, data, context) {
                    use(range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound)
                }
                if let failure { return failure }
                end(range)
            }
            return nil
        }
        if let failure { throw error(failure) }
    }

    /// Finds the matches in a word, which is not empty.
    ///
    /// - Returns: PCRE2's error, if it gave up.
    @unsafe private func search(
        _ word: UnsafeBufferPointer<UInt8>, _ data: OpaquePointer?, _ context: OpaquePointer?,
        use: (Range<Int>) -> Void
    ) -> Int32? {
        var position = 0
        var lastEnd = -1
        while position <= word.count {
            // `String` has seen to it that the text is UTF-8.
            let options = UInt32(PCRE2_NO_UTF_CHECK)
            var result = unsafe pcre2_match_8(
                code, word.baseAddress, word.count, position, options, data, context)
            if result == PCRE2_ERROR_JIT_STACKLIMIT {
                result = unsafe pcre2_match_8(
                    code, word.baseAddress, word.count, position,
                    options | UInt32(PCRE2_NO_JIT), data, context)
            }
            guard result != PCRE2_ERROR_NOMATCH else { return nil }
            guard result >= 0 else { return result }
            let ends = unsafe pcre2_get_ovector_pointer_8(data)!
            let (lower, upper) = unsafe (Int(ends[0]), Int(ends[1]))
            // `\K` in a lookahead can turn a match around.
            guard position...word.count ~= lower, lower <= upper else {
                return PCRE2_ERROR_BADOFFSET
            }
            // No empty match directly after another match.
            if lower < upper || lower != lastEnd { use(lower..<upper) }
            lastEnd = upper
            position = upper
            if lower == upper {
                guard position < word.count else { return nil }
                unsafe position += lengthOfCharacter(word[position])
            }
        }
        return nil
    }

    /// Where PCRE2 interprets, in KiB.
    private static let heapLimit: UInt32 = 256 << 10

    /// How many steps a search may take: far more than any real pattern, and not so many that a
    /// nested repetition runs for ever.
    private func limit(_ bytes: Int) -> UInt32 {
        // The program's own take ten million for a long run of line breaks.
        foreign == nil ? .max : UInt32(clamping: 100_000 + 16 * bytes)
    }

    private func error(_ code: Int32) -> TokenizerError {
        guard let foreign else { preconditionFailure("PCRE2: \(Self.message(code))") }
        return TokenizerError(
            .exhaustedPattern,
            "the tokenizer's pattern \(Self.quoted(foreign)) takes too long on this text "
                + "(\(Self.message(code))). Use another model or a shorter text")
    }

    /// - Parameter problem: what is wrong, where nothing is returned.
    @unsafe private static func compile(
        _ pattern: String, _ problem: inout String
    ) -> OpaquePointer? {
        var error: Int32 = 0
        var offset = 0
        // As in Oniguruma, `^` and `$` are the ends of lines.
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_MULTILINE)
        let compiled = unsafe Array(pattern.utf8).withUnsafeBufferPointer {
            unsafe pcre2_compile_8($0.baseAddress, $0.count, options, &error, &offset, nil)
        }
        if unsafe compiled == nil { problem = "\(message(error)) at byte \(offset)" }
        return unsafe compiled
    }

    /// A pattern for messages, cut where it is long.
    static func quoted(_ pattern: String) -> String {
        let beginning = String(pattern.unicodeScalars.prefix(200))
        return beginning == pattern ? "\"\(pattern)\"" : "\"\(beginning)…\""
    }

    private static func message(_ error: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let length = unsafe text.withUnsafeMutableBufferPointer {
            unsafe pcre2_get_error_message_8(error, $0.baseAddress, $0.count)
        }
        return String(decoding: text.prefix(max(0, Int(length))), as: UTF8.self)
    }
}
