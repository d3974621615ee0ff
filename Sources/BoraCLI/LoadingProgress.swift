import Bora
import Synchronization

/// Shows how far loading is when it takes over a second: a bar on a terminal, else a line for each
/// tenth.
final class LoadingProgress: Sendable {
    private struct State {
        var tenths = 0
        var lastDrawn: ContinuousClock.Instant?
    }

    private let messages: MessageArguments
    private let start = ContinuousClock.now
    private let isTerminal = Descriptor.standardError.isTerminal
    private let state = Mutex(State())

    init(_ messages: MessageArguments) { self.messages = messages }

    func update(_ loaded: LanguageModel.LoadProgress) {
        let now = ContinuousClock.now
        guard !messages.quiet, now - start > .seconds(1), loaded.totalBytes > 0 else { return }
        let share = min(1, Double(loaded.bytes) / Double(loaded.totalBytes))
        let amount = "\(ByteSize(loaded.bytes)) of \(ByteSize(loaded.totalBytes))"
        state.withLock { state in
            if isTerminal {
                if let last = state.lastDrawn, now - last < .milliseconds(100) { return }
                let filled = Int(share * 30)
                let bar =
                    String(repeating: "#", count: filled)
                    + String(repeating: ".", count: 30 - filled)
                try? Descriptor.standardError.write("\r\u{1B}[KLoading [\(bar)] \(amount)")
                state.lastDrawn = now
            } else if Int(share * 10) > state.tenths {
                state.tenths = Int(share * 10)
                Descriptor.standardError.print("Loading: \(state.tenths)0 %, \(amount)")
            }
        }
    }

    /// Takes the bar away.
    func finish() {
        let wasDrawn = state.withLock { $0.lastDrawn != nil }
        if wasDrawn { try? Descriptor.standardError.write("\r\u{1B}[K") }
        messages.detail("Loaded in \(((ContinuousClock.now - start) / .seconds(1)).fixed(2)) s.")
    }
}

extension LanguageModel {
    /// Loads a model by a plan made for it, and says on standard error how far it is.
    static func load(
        _ file: ModelFile, plan: ModelPlan, _ messages: MessageArguments
    ) throws -> LanguageModel {
        let progress = LoadingProgress(messages)
        defer { progress.finish() }
        let model = try LanguageModel(file, plan: plan, progress: progress.update)
        for warning in model.tokenizer.warnings { messages.note("warning: \(warning)") }
        return model
    }
}
