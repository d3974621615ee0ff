extension RawSpan {
    /// The little-endian integer at a byte offset, which need not be aligned. The offset is the
    /// caller's to check: one outside the span traps.
    @inlinable
    package func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Value.Type = Value.self
    ) -> Value {
        Value(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The bytes as text; `nil` when they are not valid UTF-8.
    package func text() -> String? {
        let units = unsafe _unsafeView(as: UInt8.self)
        guard let valid = try? UTF8Span(validating: units) else { return nil }
        return String(copying: valid)
    }
}
