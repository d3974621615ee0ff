/// A dictionary that keeps its entries in the order in which their keys first came, as Python's do.
package struct ValueDictionary: Sendable {
    package private(set) var entries: [(key: Value, value: Value)] = []
    private var positions: [Value: Int] = [:]
    private(set) var depth = 1
    private(set) var weight = 16

    package init() {}

    package init(_ entries: some Sequence<(String, Value)>) {
        for (name, value) in entries { self[name] = value }
    }

    package var count: Int { entries.count }
    var keys: [Value] { entries.map(\.key) }
    var values: [Value] { entries.map(\.value) }

    /// The value of a key. Assigning keeps the place of a key that is there; nothing is removed.
    subscript(key: Value) -> Value? {
        get { positions[key].map { entries[$0].value } }
        set {
            guard let newValue else { return }
            depth = max(depth, 1 + max(key.depth, newValue.depth))
            weight = weight.addingOrMaximum(key.weight.addingOrMaximum(newValue.weight))
            if let position = positions[key] {
                entries[position].value = newValue
            } else {
                positions[key] = entries.count
                entries.append((key, newValue))
            }
        }
    }

    package subscript(name: String) -> Value? {
        get { self[.string(name)] }
        set { self[.string(name)] = newValue }
    }
}
