/// Which neighbouring tokens become one, and in what order.
struct MergeTable: Sendable {
    /// What becomes of a pair of tokens.
    struct Merge {
        /// Lower ranks are merged first.
        let rank: UInt32
        let token: Int32
    }

    private struct Slot {
        var pair = MergeTable.free
        var rank: UInt32 = 0
        var token: Int32 = 0
    }

    private var slots: [Slot]

    private static let space = UInt8(ascii: " ")
    /// No pair: token ids are not negative.
    private static let free = UInt64.max

    /// Resolves merges of pieces into merges of token ids.
    init(_ merges: [String], _ pieces: PieceTable) throws(TokenizerError) {
        var capacity = 16
        while capacity < merges.count * 2 { capacity *= 2 }
        slots = [Slot](repeating: Slot(), count: capacity)
        let alphabet = ByteAlphabet()
        var bytes: [UInt8] = []
        for (rank, merge) in merges.enumerated() {
            let units = merge.utf8Span.span
            guard let space = units.indices.dropFirst().first(where: { units[$0] == Self.space }),
                space + 1 < units.count
            else {
                throw TokenizerError(
                    .malformedMerge,
                    "merge \(rank), \"\(merge)\", is not two pieces with a space between. Convert "
                        + "the model again")
            }
            bytes.removeAll(keepingCapacity: true)
            alphabet.append(units.extracting(first: space), to: &bytes)
            let middle = bytes.count
            alphabet.append(units.extracting(droppingFirst: space + 1), to: &bytes)
            let all = bytes.span
            guard let left = pieces.find(all.extracting(first: middle)),
                let right = pieces.find(all.extracting(droppingFirst: middle)),
                let token = pieces.find(all)
            else {
                throw TokenizerError(
                    .unknownPiece,
                    "merge \(rank), \"\(merge)\", needs both pieces and what they make to be "
                        + "tokens of the vocabulary. Convert the model again")
            }
            insert(Self.pair(left, right), Merge(rank: UInt32(rank), token: token))
        }
    }

    /// What becomes of `left` followed by `right`.
    subscript(left: Int32, right: Int32) -> Merge? {
        let pair = Self.pair(left, right)
        let slot = slots[index(of: pair)]
        return slot.pair == pair ? Merge(rank: slot.rank, token: slot.token) : nil
    }

    /// The first of equal pairs counts.
    private mutating func insert(_ pair: UInt64, _ merge: Merge) {
        let index = index(of: pair)
        guard slots[index].pair == Self.free else { return }
        slots[index] = Slot(pair: pair, rank: merge.rank, token: merge.token)
    }

    /// Where a pair is, or where it would be put.
    private func index(of pair: UInt64) -> Int {
        // Fibonacci hashing: the product's high bits depend on all bits of the pair.
        let hash = (pair &* 0x9E37_79B9_7F4A_7C15) >> 32
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].pair != Self.free, slots[index].pair != pair {
            index = (index + 1) & (slots.count - 1)
        }
        return index
    }

    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
