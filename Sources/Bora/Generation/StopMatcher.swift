/// Looks for stop texts in text that comes in pieces, and holds back what may be the beginning of
/// one.
struct StopMatcher {
    private let stops: [[UInt8]]
    private var held: [UInt8] = []
    /// A stop text has come up; nothing after it is given out.
    private(set) var isComplete = false

    /// Empty stop texts are left out.
    init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty } }

    /// Takes more text and returns what is certain not to belong to a stop text.
    mutating func append(_ text: String) -> String {
        guard !isComplete else { return "" }
        guard !stops.isEmpty else { return text }
        held += text.utf8
        for start in held.indices {
            let rest = held[start...]
            if stops.contains(where: { rest.starts(with: $0) }) {
                isComplete = true
                return take(start)
            }
            if stops.contains(where: { $0.starts(with: rest) }) { return take(start) }
        }
        return take(held.count)
    }

    /// The text held back, when no more comes.
    mutating func finish() -> String { isComplete ? "" : take(held.count) }

    /// Stop texts start where characters do, so no character is cut.
    private mutating func take(_ count: Int) -> String {
        defer { held.removeFirst(count) }
        return String(decoding: held.prefix(count), as: UTF8.self)
    }
}
