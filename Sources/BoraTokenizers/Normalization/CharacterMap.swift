/// SentencePiece's compiled normalization rules (`precompiled_charsmap`): which sequences of bytes
/// become which.
///
/// The data is the size of a double array in bytes, the array itself, of 32-bit units, and the
/// replacements, each ended by a zero byte (the `Darts` library; `builder.cc` of SentencePiece).
/// Every step through them is checked.
struct CharacterMap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// - Throws: when the data is too short for what it says it holds.
    init(_ data: [UInt8]) throws(TokenizerError) {
        func unit(at offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(data[offset + $1]) << (8 * $1) }
        }
        let size = data.count >= 4 ? Int(unit(at: 0)) : .max
        guard size.isMultiple(of: 4), size < data.count - 4 else {
            throw TokenizerError(
                .malformedCharacterMap,
                "the normalization rules (precompiled_charsmap) are \(data.count) bytes that do "
                    + "not hold the table they should. Convert the model again")
        }
        units = (0..<size / 4).map { unit(at: 4 + $0 * 4) }
        replacements = Array(data[(4 + size)...])
    }

    /// What the longest sequence at the beginning of a text becomes, and its length in bytes.
    func longestReplacement(
        _ text: some Collection<UInt8>
    ) -> (length: Int, text: ArraySlice<UInt8>)? {
        var found: (Int, ArraySlice<UInt8>)?
        search(text) { length, replacement in
            found = (length, replacement)
            return true
        }
        return found
    }

    /// What the shortest sequence at the beginning of a text becomes.
    func shortestReplacement(_ text: some Collection<UInt8>) -> ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        search(text) { _, replacement in
            found = replacement
            return false
        }
        return found
    }

    /// Walks down the array along a text; `use` says whether to go on.
    private func search(
        _ text: some Collection<UInt8>, _ use: (Int, ArraySlice<UInt8>) -> Bool
    ) {
        guard var node = units.first.map(Self.offset) else { return }
        for (index, byte) in text.enumerated() {
            node ^= Int(byte)
            // A unit's label is its low byte and the bit that marks a value.
            guard byte != 0, node < units.count, units[node] & 0x8000_00FF == UInt32(byte)
            else { return }
            let unit = units[node]
            node ^= Self.offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard node < units.count,
                let replacement = replacement(at: Int(units[node] & 0x7FFF_FFFF))
            else { return }
            guard use(index + 1, replacement) else { return }
        }
    }

    private func replacement(at start: Int) -> ArraySlice<UInt8>? {
        guard start < replacements.count,
            let end = replacements[start...].firstIndex(of: 0)
        else { return nil }
        return replacements[start..<end]
    }

    private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 0x200) >> 6)) }
}
