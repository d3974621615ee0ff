import Bora
import Synchronization

/// Shows on standard error what the hub's client does.
final class DownloadProgress: Sendable {
    private struct State {
        var bytes = 0
        /// Nil while nothing is being downloaded.
        var total: Int?
    }

    private let messages: MessageArguments
    private let line: ProgressLine
    private let state = Mutex(State())

    init(_ messages: MessageArguments) {
        self.messages = messages
        line = ProgressLine("Downloading", messages)
    }

    func report(_ event: ModelHub.Event) {
        switch event {
        case .started(let files, let bytes):
            state.withLock { $0 = State(total: bytes) }
            let amount = "\(files) \(files == 1 ? "file" : "files"), \(ByteSize(bytes))"
            if bytes > 0 { note("Downloading \(amount)") }
        case .received(let bytes):
            let now = state.withLock { state in
                state.bytes += bytes
                return state
            }
            if let total = now.total { line.update(bytes: now.bytes, of: total) }
        case .delay(let reason): note(reason)
        case .warning(let warning): note("warning: \(warning)")
        }
    }

    func finish() { line.clear() }

    private func note(_ text: String) {
        line.clear()
        messages.note(text)
    }
}
