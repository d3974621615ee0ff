extension RawSpan {
    /// The 32-bit little-endian words, each made into a number. Bytes after the last whole word are
    /// left out.
    package func mapWords<Number>(_ number: (UInt32) -> Number) -> [Number] {
        (0..<byteCount / 4).map { index in
            number(
                UInt32(
                    littleEndian: unsafe unsafeLoadUnaligned(
                        fromByteOffset: index * 4, as: UInt32.self)))
        }
    }

    /// The 16-bit little-endian words, each made into a number. A last odd byte is left out.
    package func mapHalves<Number>(_ number: (UInt16) -> Number) -> [Number] {
        (0..<byteCount / 2).map { index in
            number(
                UInt16(
                    littleEndian: unsafe unsafeLoadUnaligned(
                        fromByteOffset: index * 2, as: UInt16.self)))
        }
    }
}
