/// Finds tokens that are written out in text: control and user-defined ones.
struct TokenTrie: Sendable {
    /// A token in the text.
    struct Match {
        let token: Int32
        let range: Range<Int>
    }

    private struct Node {
        var token: Int32?
        var isControl = false
    }

    private var nodes = [Node()]
    /// From a node and a byte, `node << 8 | byte`, to the next node.
    private var edges: [Int: Int] = [:]
    /// Whether a token begins with a byte.
    private var begins = [Bool](repeating: false, count: 256)

    /// Of equal texts, the first token counts.
    mutating func insert(_ token: Int32, _ text: some Collection<UInt8>, isControl: Bool) {
        guard let first = text.first else { return }
        begins[Int(first)] = true
        var node = 0
        for byte in text {
            let edge = node << 8 | Int(byte)
            if let next = edges[edge] {
                node = next
            } else {
                nodes.append(Node())
                node = nodes.count - 1
                edges[edge] = node
            }
        }
        guard nodes[node].token == nil else { return }
        nodes[node] = Node(token: token, isControl: isControl)
    }

    /// The leftmost token at or after `start`, the longest of those. Control tokens are text
    /// unless they are asked for.
    func firstMatch(in text: [UInt8], from start: Int, controls: Bool) -> Match? {
        for position in start..<text.count where begins[Int(text[position])] {
            if let match = longestMatch(in: text, at: position, controls: controls) {
                return match
            }
        }
        return nil
    }

    private func longestMatch(in text: [UInt8], at start: Int, controls: Bool) -> Match? {
        var found: Match?
        var node = 0
        for position in start..<text.count {
            guard let next = edges[node << 8 | Int(text[position])] else { break }
            node = next
            if let token = nodes[node].token, controls || !nodes[node].isControl {
                found = Match(token: token, range: start..<position + 1)
            }
        }
        return found
    }
}
