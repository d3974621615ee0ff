/// The beginnings of sequences whose keys and values lie in blocks, as a tree: each edge stands for
/// the tokens of one block.
///
/// An edge is found by the prefix it starts from and by its tokens, compared one by one. So two
/// prefixes have the same id exactly if their tokens are equal, and there is no hash to trust:
/// a collision could hand one user's conversation to another.
package struct PrefixTree: Sendable {
    /// Names a prefix. Ids are never used again.
    package typealias ID = Int

    /// The prefix without tokens.
    static let root: ID = 0

    private struct Edge: Hashable {
        let parent: ID
        let tokens: ArraySlice<Int32>
    }

    private struct Node {
        let edge: Edge
        /// The block of each KV group that the prefix ends with, where there is one.
        var blocks: [Int?]
        /// Prefixes longer by one block, and sequences that have come this far.
        var users: Int
    }

    private let groups: Int
    private var nodes: [ID: Node]
    private var ids: [Edge: ID] = [:]
    private var lastID = root

    /// - Parameter groups: KV groups, each with blocks of its own.
    init(groups: Int) {
        self.groups = groups
        nodes = [Self.root: Node(edge: Edge(parent: Self.root, tokens: []), blocks: [], users: 0)]
    }

    /// Prefixes known, the empty one aside.
    package var count: Int { ids.count }

    /// The block of a group that a prefix ends with.
    package func block(of id: ID, group: Int) -> Int? { nodes[id]!.blocks[group] }

    /// The prefix that is longer by the tokens of one block.
    func child(of id: ID, over tokens: ArraySlice<Int32>) -> ID? {
        ids[Edge(parent: id, tokens: tokens)]
    }

    /// Takes a sequence from a prefix to the one that is longer by the tokens of one block.
    mutating func advance(from id: ID, over tokens: ArraySlice<Int32>) -> ID {
        let child = child(of: id, over: tokens) ?? add(to: id, tokens)
        enter(child)
        leave(id)
        return child
    }

    /// A sequence has come as far as this prefix, which stays until it leaves.
    mutating func enter(_ id: ID) { nodes[id]!.users += 1 }

    /// A sequence has gone on, or ended. The empty prefix stays without anybody at it.
    mutating func leave(_ id: ID) {
        guard id != Self.root else { return }
        nodes[id]!.users -= 1
        prune(id)
    }

    mutating func setBlock(_ block: Int?, of id: ID, group: Int) {
        nodes[id]!.blocks[group] = block
        prune(id)
    }

    private mutating func add(to parent: ID, _ tokens: ArraySlice<Int32>) -> ID {
        lastID += 1
        // A copy of the block's tokens, not a slice that keeps all others alive.
        let edge = Edge(parent: parent, tokens: Array(tokens)[...])
        nodes[lastID] = Node(edge: edge, blocks: Array(repeating: nil, count: groups), users: 0)
        ids[edge] = lastID
        nodes[parent]!.users += 1
        return lastID
    }

    /// Forgets prefixes, from this one up to the root, that have neither users nor blocks.
    private mutating func prune(_ id: ID) {
        var id = id
        while id != Self.root, let node = nodes[id], node.users == 0,
            node.blocks.allSatisfy({ $0 == nil })
        {
            nodes[id] = nil
            ids[node.edge] = nil
            id = node.edge.parent
            nodes[id]!.users -= 1
        }
    }
}
