import Bora
import Synchronization

/// Shows how far something is when it takes over a second: a bar on a terminal, else a line for
/// each tenth.
final class ProgressLine: Sendable {
    private struct State {
        var tenths = 0
        var lastDrawn: ContinuousClock.Instant?
    }

    private let label: String
    private let isQuiet: Bool
    private let start = ContinuousClock.now
    private let isTerminal = Descriptor.standardError.isTerminal
    private let state = Mutex(State())

    /// - Parameter label: what goes on: "Loading".
    init(_ label: String, _ messages: MessageArguments) {
        self.label = label
        isQuiet = messages.quiet
    }

    /// Since it began.
    var elapsed: Duration { ContinuousClock.now - start }

    func update(bytes: Int, of total: Int) {
        let now = ContinuousClock.now
        guard !isQuiet, now - start > .seconds(1), total > 0 else { return }
        let share = min(1, max(0, Double(bytes) / Double(total)))
        let amount = "\(ByteSize(bytes)) of \(ByteSize(total))"
        state.withLock { state in
            if isTerminal {
                if let last = state.lastDrawn, now - last < .milliseconds(100) { return }
                let filled = Int(share * 30)
                let bar =
                    String(repeating: "#", count: filled)
                    + String(repeating: ".", count: 30 - filled)
                try? Descriptor.standardError.write("\r\u{1B}[K\(label) [\(bar)] \(amount)")
                state.lastDrawn = now
            } else if Int(share * 10) > state.tenths {
                state.tenths = Int(share * 10)
                Descriptor.standardError.print("\(label): \(state.tenths)0 %, \(amount)")
            }
        }
    }

    /// Takes the bar away.
    func clear() {
        let wasDrawn = state.withLock { state in
            defer { state.lastDrawn = nil }
            return state.lastDrawn != nil
        }
        if wasDrawn { try? Descriptor.standardError.write("\r\u{1B}[K") }
    }
}
