/// Labels of the search of which none is as good as another in everything.
struct LabelSet {
    /// What is compared.
    struct Comparison {
        /// Chunks that wait for the busiest site; nil where time does not count.
        var waiting: Int?
        /// Whether only labels whose runs hold the same bytes are compared: one that holds less
        /// leaves more room, which the rule about layers on the CPU may forbid.
        var comparesEqualRuns = false
        /// The same of the runs that have ended and of the CPU: pools may forbid it, too.
        var comparesEqualFills = false
        /// Of the numbers in a label's row, the bytes of pools; the rest are times.
        var pools = 0
    }

    private(set) var labels: [SearchLabel] = []
    /// By hash of the key, the label that was added last; by label, the one before it.
    private var newest = [Int32](repeating: -1, count: Self.buckets)
    private var older: [Int32] = []
    private let comparison: Comparison

    private static let buckets = 512

    init(_ comparison: Comparison) { self.comparison = comparison }

    mutating func removeAll() {
        labels.removeAll(keepingCapacity: true)
        older.removeAll(keepingCapacity: true)
        for bucket in newest.indices { newest[bucket] = -1 }
    }

    /// Adds a label unless another is as good; it takes the place of one that is no better.
    mutating func insert(_ label: SearchLabel, _ rows: SearchRows) {
        let bucket = bucket(of: label)
        var position = newest[bucket]
        while position >= 0 {
            let other = labels[Int(position)]
            if canGoOnAlike(label, other) {
                if isAsGood(other, as: label, rows) { return }
                if isAsGood(label, as: other, rows) {
                    labels[Int(position)] = label
                    return
                }
            }
            position = older[Int(position)]
        }
        older.append(newest[bucket])
        newest[bucket] = Int32(labels.count)
        labels.append(label)
    }

    private func bucket(of label: SearchLabel) -> Int {
        let places = UInt64(truncatingIfNeeded: Int(label.open) &+ Int(label.at) << 8)
        let sites =
            UInt64(truncatingIfNeeded: label.closed)
            ^ UInt64(truncatingIfNeeded: label.closed >> 64)
        let bytes = comparison.comparesEqualRuns ? UInt64(truncatingIfNeeded: label.openBytes) : 0
        let mixed = (sites ^ places << 40 ^ bytes) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 55)
    }

    /// Whether what can follow one can follow the other.
    private func canGoOnAlike(_ one: SearchLabel, _ other: SearchLabel) -> Bool {
        guard one.closed == other.closed, one.open == other.open, one.at == other.at,
            one.table == other.table, one.usesHost == other.usesHost
        else { return false }
        if comparison.comparesEqualRuns,
            one.openBytes != other.openBytes || one.openWorkspace != other.openWorkspace
        {
            return false
        }
        return !comparison.comparesEqualFills
            || one.fill == other.fill && one.hostBytes == other.hostBytes
                && one.hostWorkspace == other.hostWorkspace
    }

    /// Whether whatever follows, a label of the same key leads to no worse a map than the other.
    private func isAsGood(
        _ one: SearchLabel, as other: SearchLabel, _ rows: SearchRows
    ) -> Bool {
        guard one.openBytes <= other.openBytes, one.openWorkspace <= other.openWorkspace,
            one.hostBytes <= other.hostBytes, one.hostWorkspace <= other.hostWorkspace,
            one.slack <= other.slack, one.smallestOnHost >= other.smallestOnHost
        else { return false }
        // By so much can its busiest site end up above the other's.
        var later = max(
            0, one.busiest - other.busiest, one.openBusy - other.openBusy,
            one.hostBusy - other.hostBusy)
        if one.row != other.row {
            for index in 0..<rows.count {
                let more = rows[one.row, index] - rows[other.row, index]
                if index >= comparison.pools {
                    later = max(later, more)
                } else if more > 0 {
                    return false
                }
            }
        }
        guard let waiting = comparison.waiting else { return true }
        return one.time + waiting * later <= other.time
    }
}
