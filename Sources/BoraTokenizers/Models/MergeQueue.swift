/// A binary heap of possible merges, the lowest rank first and the leftmost of equals.
struct MergeQueue {
    struct Entry: Comparable {
        let rank: UInt32
        let place: Int

        static func < (left: Entry, right: Entry) -> Bool {
            (left.rank, left.place) < (right.rank, right.place)
        }
    }

    private var entries: [Entry]

    init(_ entries: [Entry]) {
        // A sorted array is a heap.
        self.entries = entries.sorted()
    }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var index = entries.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index] < entries[parent] else { return }
            entries.swapAt(index, parent)
            index = parent
        }
    }

    mutating func popFirst() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < entries.count else { return first }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entries[index] else { return first }
            entries.swapAt(index, child)
            index = child
        }
    }
}
