import ArgumentParser
import Bora

/// Which model.
struct ModelArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            The model: a GGUF file (of a split one, any part), or a folder with config.json and \
            safetensors. Without one: the embedded model.
            """, valueName: "path"),
        completion: .file())
    var model: String?

    func open() throws -> ModelFile {
        guard let model else { return try EmbeddedModel.open() }
        return try ModelFile(path: model)
    }
}

/// Which model, for commands that take it as their argument too.
struct ModelArgument: ParsableArguments {
    @OptionGroup var options: ModelArguments

    @Argument(
        help: ArgumentHelp("The same as --model.", valueName: "model"),
        completion: .file())
    var positional: String?

    func validate() throws {
        guard options.model == nil || positional == nil else {
            throw ValidationError("The model is given twice: as an argument and with --model.")
        }
    }

    func open() throws -> ModelFile {
        guard let positional else { return try options.open() }
        return try ModelFile(path: positional)
    }
}
