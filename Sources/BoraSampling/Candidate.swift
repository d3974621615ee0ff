/// A token that may be chosen, with its logit.
struct Candidate {
    let token: Int32
    let logit: Float

    /// Higher logits come first; equal ones in the order of their tokens.
    func precedes(_ other: Candidate) -> Bool {
        logit != other.logit ? logit > other.logit : token < other.token
    }
}

extension Span<Float> {
    /// The `count` foremost candidates in order: one pass over the vocabulary and a heap of
    /// `count` whose root is the last of those kept.
    func foremost(_ count: Int) -> [Candidate] {
        var heap: [Candidate] = []
        heap.reserveCapacity(Swift.min(count, self.count))
        var worst = -Float.infinity
        for index in indices where heap.count < count || self[index] > worst {
            let candidate = Candidate(token: Int32(index), logit: self[index])
            if heap.count < count {
                heap.append(candidate)
                heap.siftUp()
            } else {
                heap[0] = candidate
                heap.siftDown()
            }
            if heap.count == count { worst = heap.first?.logit ?? .infinity }
        }
        heap.sort { $0.precedes($1) }
        return heap
    }

    /// The candidates whose logit is at least `threshold`, in order.
    func candidates(atLeast threshold: Float) -> [Candidate] {
        var found: [Candidate] = []
        for index in indices where self[index] >= threshold {
            found.append(Candidate(token: Int32(index), logit: self[index]))
        }
        found.sort { $0.precedes($1) }
        return found
    }
}

/// A binary heap with the last candidate of the order at its root.
extension [Candidate] {
    fileprivate mutating func siftUp() {
        var child = count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self[parent].precedes(self[child]) else { return }
            swapAt(parent, child)
            child = parent
        }
    }

    fileprivate mutating func siftDown() {
        var parent = 0
        while true {
            var last = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < count {
                if self[last].precedes(self[child]) { last = child }
            }
            guard last != parent else { return }
            swapAt(parent, last)
            parent = last
        }
    }
}
