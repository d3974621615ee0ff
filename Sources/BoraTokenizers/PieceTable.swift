/// The bytes that each token stands for, and the way back from bytes to a token.
struct PieceTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each token's bytes end; they begin where those of the token before end.
    private var ends: [Int] = []
    /// Token ids in an open-addressing hash table, -1 where free.
    private var slots: [Int32] = []
    private(set) var longest = 0

    var count: Int { ends.count }

    /// Reads the pieces of a vocabulary. Of equal pieces, the first one that is not a control
    /// token is found.
    init(_ vocabulary: Vocabulary) {
        ends.reserveCapacity(vocabulary.pieces.count)
        let alphabet = ByteAlphabet()
        for (piece, kind) in zip(vocabulary.pieces, vocabulary.kinds) {
            append(piece, kind, alphabet)
        }
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        slots = [Int32](repeating: -1, count: capacity)
        for id in 0..<count where vocabulary.kinds[id] != .control { insert(Int32(id)) }
        for id in 0..<count where vocabulary.kinds[id] == .control { insert(Int32(id)) }
    }

    /// The bytes of a token.
    subscript(id: Int32) -> ArraySlice<UInt8> { bytes[range(id)] }

    /// The token that stands for these bytes.
    func find(_ key: Span<UInt8>) -> Int32? {
        guard key.count <= longest else { return nil }
        let found = slots[slot(of: key)]
        return found < 0 ? nil : found
    }

    private mutating func append(
        _ piece: String, _ kind: Vocabulary.Kind, _ alphabet: ByteAlphabet
    ) {
        let start = bytes.count
        switch kind {
        case .normal, .unused: alphabet.append(piece.utf8Span.span, to: &bytes)
        case .byte: bytes += Self.byte(piece).map { [$0] } ?? Array(piece.utf8)
        case .control, .unknown, .userDefined: bytes += piece.utf8
        }
        ends.append(bytes.count)
        longest = max(longest, bytes.count - start)
    }

    /// The byte that `<0x0A>` stands for.
    private static func byte(_ piece: String) -> UInt8? {
        guard piece.utf8.count == 6, piece.hasPrefix("<0x"), piece.hasSuffix(">") else {
            return nil
        }
        return UInt8(piece.dropFirst(3).dropLast(), radix: 16)
    }

    private mutating func insert(_ id: Int32) {
        let range = range(id)
        guard !range.isEmpty else { return }
        let slot = slot(of: bytes.span.extracting(range))
        if slots[slot] < 0 { slots[slot] = id }
    }

    private func range(_ id: Int32) -> Range<Int> {
        let index = Int(id)
        return (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// Where a key is, or where it would be put.
    private func slot(of key: Span<UInt8>) -> Int {
        var slot = Self.hash(key) & (slots.count - 1)
        while slots[slot] >= 0, !holds(slots[slot], key) {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private func holds(_ id: Int32, _ key: Span<UInt8>) -> Bool {
        let range = range(id)
        guard range.count == key.count else { return false }
        for index in key.indices where bytes[range.lowerBound + index] != key[index] {
            return false
        }
        return true
    }

    /// FNV-1a, its high bits folded into the low ones.
    private static func hash(_ key: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in key.indices { hash = (hash ^ UInt64(key[index])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32))
    }
}
