import Glibc
import Synchronization

/// Ctrl-C in a chat: the first stops the answer, or drops what is being typed; one more leaves.
final class ChatInterruption: Sendable {
    private enum State {
        case typing(isInterrupted: Bool)
        case answering(stop: @Sendable () -> Void, isInterrupted: Bool)
    }

    static let prompt = "> "

    private let state = Mutex(State.typing(isInterrupted: false))

    /// The user is to type a line.
    func beginTyping() { state.withLock { $0 = .typing(isInterrupted: false) } }

    /// Whether what was typed before the line that came last is to be forgotten.
    var hasDroppedTyping: Bool {
        state.withLock { state in
            if case .typing(true) = state { true } else { false }
        }
    }

    /// An answer begins, which `stop` ends.
    func beginAnswer(stop: @escaping @Sendable () -> Void) {
        state.withLock { $0 = .answering(stop: stop, isInterrupted: false) }
    }

    /// Ctrl-C was pressed.
    func interrupt() {
        state.withLock { state in
            switch state {
            case .typing(false):
                state = .typing(isInterrupted: true)
                try? Descriptor.standardError.write(
                    "\n(Ctrl-C once more or Ctrl-D leaves; /help lists the commands.)\n"
                        + Self.prompt)
            case .answering(let stop, false):
                state = .answering(stop: stop, isInterrupted: true)
                stop()
            case .typing(true), .answering(_, true):
                try? Descriptor.standardError.write("\n")
                // Neither the reader of the terminal nor the engine's thread has to be woken.
                _exit(130)
            }
        }
    }
}
