/// Texts with a value each, for finding those that begin at a place in longer text.
struct ByteTrie: Sendable {
    /// The value of each node, -1 where no text ends. Node 0 is the root.
    private var values: [Int32] = [-1]
    /// Edges in an open-addressing hash table: from `node << 8 | byte` to a node, 0 where free.
    private var keys: [UInt64]
    private var targets: [Int32]
    private var edgeCount = 0

    static let root: Int32 = 0

    init() {
        keys = [UInt64](repeating: 0, count: 16)
        targets = [Int32](repeating: 0, count: 16)
    }

    /// The node reached from a node by a byte.
    func next(_ node: Int32, _ byte: UInt8) -> Int32? {
        let target = targets[slot(of: Self.key(node, byte))]
        return target == 0 ? nil : target
    }

    /// The value of the text that ends at a node.
    func value(_ node: Int32) -> Int32? {
        let value = values[Int(node)]
        return value < 0 ? nil : value
    }

    /// Of equal texts, the first one's value, which is not negative, counts.
    mutating func insert(_ text: some Collection<UInt8>, _ value: Int32) {
        var node = Self.root
        for byte in text { node = next(node, byte) ?? append(node, byte) }
        if values[Int(node)] < 0 { values[Int(node)] = value }
    }

    private mutating func append(_ node: Int32, _ byte: UInt8) -> Int32 {
        if edgeCount * 2 >= keys.count { grow() }
        let new = Int32(values.count)
        values.append(-1)
        edgeCount += 1
        let key = Self.key(node, byte)
        let slot = slot(of: key)
        keys[slot] = key
        targets[slot] = new
        return new
    }

    private mutating func grow() {
        let old = zip(keys, targets)
        keys = [UInt64](repeating: 0, count: keys.count * 2)
        targets = [Int32](repeating: 0, count: keys.count)
        for (key, target) in old where target != 0 {
            let slot = slot(of: key)
            keys[slot] = key
            targets[slot] = target
        }
    }

    /// Where a key is, or where it would be put.
    private func slot(of key: UInt64) -> Int {
        // Fibonacci hashing: the product's high bits depend on all bits of the key.
        let hash = (key &* 0x9E37_79B9_7F4A_7C15) >> 32
        var slot = Int(truncatingIfNeeded: hash) & (keys.count - 1)
        while targets[slot] != 0, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }

    private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 {
        UInt64(UInt32(bitPattern: node)) << 8 | UInt64(byte)
    }
}
