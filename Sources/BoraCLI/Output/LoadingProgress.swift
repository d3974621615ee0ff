import Bora

/// Shows how far loading is.
struct LoadingProgress: Sendable {
    private let messages: MessageArguments
    private let line: ProgressLine

    init(_ messages: MessageArguments) {
        self.messages = messages
        line = ProgressLine("Loading", messages)
    }

    func update(_ loaded: LanguageModel.LoadProgress) {
        line.update(bytes: loaded.bytes, of: loaded.totalBytes)
    }

    /// Takes the bar away.
    func finish() {
        line.clear()
        messages.detail("Loaded in \((line.elapsed / .seconds(1)).fixed(2)) s.")
    }
}

extension LanguageModel {
    /// Loads a model by a plan made for it, and says on standard error how far it is.
    static func load(
        _ file: ModelFile, plan: ModelPlan, _ messages: MessageArguments
    ) throws -> LanguageModel {
        let progress = LoadingProgress(messages)
        defer { progress.finish() }
        let model = try LanguageModel(file, plan: plan, progress: progress.update) {
            messages.warn([$0])
        }
        messages.warn(model.tokenizer.warnings)
        return model
    }
}
