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

    /// No pair: token ids are not negative.
    private static let free = UInt64.max

    /// Resolves merges of pieces into merges of token ids.
    ///
    /// - Parameter prefix: what every piece but a word's first begins with and loses when it is
    ///   merged, `##` in some vocabularies.
    init(
        _ merges: [Vocabulary.Merge], _ pieces: PieceTable, prefix: String = ""
    ) throws(TokenizerError) {
        var capacity = 16
        while capacity < merges.count * 2 { capacity *= 2 }
        slots = [Slot](repeating: Slot(), count: capacity)
        var bytes: [UInt8] = []
        for (rank, merge) in merges.enumerated() {
            bytes.removeAll(keepingCapacity: true)
            bytes += merge.left.utf8
            bytes += merge.right.utf8.dropFirst(
                merge.right.hasPrefix(prefix) ? prefix.utf8.count : 0)
            guard let left = pieces.find(merge.left.utf8Span.span),
                let right = pieces.find(merge.right.utf8Span.span),
                let token = pieces.find(bytes.span)
            else {
                throw TokenizerError(
                    .unknownPiece,
                    "merge \(rank), \"\(merge.left) \(merge.right)\", needs both pieces and what "
                        + "they make to be tokens of the vocabulary. Convert the model again")
            }
            insert(Self.pair(left, right), Merge(rank: UInt32(rank), token: token))
        }
    }

    /// What becomes of `left` followed by `right`. A negative id is no token, and never merged.
    subscript(left: Int32, right: Int32) -> Merge? {
        guard left >= 0, right >= 0 else { return nil }
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
