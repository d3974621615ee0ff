/// Block numbers in a line, first out at the front: a doubly linked list in two arrays, so that a
/// block leaves from anywhere in constant time.
struct BlockQueue: Sendable {
    /// The neighbours of block `b` stand at `b + 1`; the line begins and ends at place 0.
    private var next = [0]
    private var previous = [0]

    /// Makes places for the blocks up to `count`, which stand in no line yet.
    mutating func grow(to count: Int) {
        next += Array(repeating: 0, count: count + 1 - next.count)
        previous += Array(repeating: 0, count: count + 1 - previous.count)
    }

    mutating func prepend(_ block: Int) { insert(block, after: 0) }

    mutating func append(_ block: Int) { insert(block, after: previous[0]) }

    /// Takes the first block; there must be one.
    mutating func popFirst() -> Int {
        precondition(next[0] != 0, "no block in line")
        let block = next[0] - 1
        remove(block)
        return block
    }

    mutating func remove(_ block: Int) {
        next[previous[block + 1]] = next[block + 1]
        previous[next[block + 1]] = previous[block + 1]
    }

    private mutating func insert(_ block: Int, after place: Int) {
        next[block + 1] = next[place]
        previous[block + 1] = place
        previous[next[place]] = block + 1
        next[place] = block + 1
    }
}
