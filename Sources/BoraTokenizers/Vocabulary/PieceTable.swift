/// The texts of tokens as the vocabulary writes them, and the way back from a text to a token.
struct PieceTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each token's bytes end; they begin where those of the token before end.
    private var ends: [Int] = []
    /// Token ids in an open-addressing hash table, -1 where free.
    private var slots: [Int32] = []
    private(set) var longest = 0

    var count: Int { ends.count }

    /// Of equal pieces, the first one that is not a control token is found. An empty piece is not.
    init(_ vocabulary: Vocabulary) {
        ends.reserveCapacity(vocabulary.pieces.count)
        for piece in vocabulary.pieces {
            let start = bytes.count
            bytes += piece.utf8
            ends.append(bytes.count)
            longest = max(longest, bytes.count - start)
        }
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        slots = [Int32](repeating: -1, count: capacity)
        for id in 0..<count where vocabulary.kinds[id] != .control { insert(Int32(id)) }
        for id in 0..<count where vocabulary.kinds[id] == .control { insert(Int32(id)) }
    }

    /// The text of a token, in UTF-8.
    subscript(id: Int32) -> ArraySlice<UInt8> { bytes[range(id)] }

    /// The token of this text.
    func find(_ key: Span<UInt8>) -> Int32? {
        guard key.count <= longest else { return nil }
        let found = slots[slot(of: key)]
        return found < 0 ? nil : found
    }

    /// The token that the vocabulary writes as a byte: `<0x0A>`.
    func byteToken(_ byte: UInt8) -> Int32? {
        let digits = Array("0123456789ABCDEF".utf8)
        let text = Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        return find((text + [UInt8(ascii: ">")]).span)
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
