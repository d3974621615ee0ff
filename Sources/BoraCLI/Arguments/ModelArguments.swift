import ArgumentParser
import Bora

/// Which model.
struct ModelArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            The model: a GGUF file, a folder with config.json and safetensors, or an id of the \
            hub: owner/name, owner/name:Q4_K_M, owner/name@revision. Without one: the embedded \
            model.
            """, valueName: "model"),
        completion: .file(extensions: ["gguf"]))
    var model: String?

    @OptionGroup(title: "Hub") var hub: HubArguments

    /// Opens the model. One on the hub is fetched as far as the purpose takes it.
    func open(
        for purpose: ModelHub.Purpose, _ messages: MessageArguments
    ) async throws -> ModelFile {
        try await open(model, for: purpose, messages)
    }

    fileprivate func open(
        _ model: String?, for purpose: ModelHub.Purpose, _ messages: MessageArguments
    ) async throws -> ModelFile {
        guard let model else { return try EmbeddedModel.open() }
        switch try ModelSource(model) {
        case .path(let path):
            guard hub.revision == nil else {
                throw ValidationError("--revision is for models on the hub; \(path) is here.")
            }
            return try ModelFile(path: path)
        case .hub(let id):
            let hub = try hub.hub()
            let progress = DownloadProgress(messages)
            defer { progress.finish() }
            return try await Interruption.cancelling {
                try await hub.open(id, for: purpose, report: progress.report)
            }
        }
    }
}

/// Which model, for commands that take it as their argument too.
struct ModelArgument: ParsableArguments {
    @OptionGroup var options: ModelArguments

    @Argument(
        help: ArgumentHelp("The same as --model.", valueName: "model"),
        completion: .file(extensions: ["gguf"]))
    var positional: String?

    func validate() throws {
        guard options.model == nil || positional == nil else {
            throw ValidationError("The model is given twice: as an argument and with --model.")
        }
    }

    /// Whether a model is named; without one, `open` opens the embedded model.
    var isGiven: Bool { positional != nil || options.model != nil }

    func open(
        for purpose: ModelHub.Purpose, _ messages: MessageArguments
    ) async throws -> ModelFile {
        try await options.open(positional ?? options.model, for: purpose, messages)
    }
}
