import ArgumentParser
import Bora

struct LogitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logits",
        abstract: "Write the logits after each of some tokens to a NumPy file.")

    @Option(help: ArgumentHelp("Token ids, as \"1 2 3\".", valueName: "ids"))
    var ids: TokenList

    @Option(
        help: ArgumentHelp(
            "The file to write: float32 [tokens, vocabulary], .npy.", valueName: "file"),
        completion: .file(extensions: ["npy"]))
    var output: String

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Planning") var planning: PlanningArguments
    @OptionGroup(title: "Planning") var manual: ManualMapArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() async throws {
        let file = try await model.open(for: .running, messages)
        try file.requireWeights()
        var options = planning.runtime(mappedBy: manual.deviceLayers)
        options.maxSequenceLength = options.maxSequenceLength ?? max(ids.tokens.count, 1)
        options.logitsRows = min(ids.tokens.count, 64)
        let plan = try ModelPlan(file, options: options, report: messages.tellWaiting)
        messages.show(plan)
        let languageModel = try LanguageModel.load(file, plan: plan, messages)
        let vocabulary = languageModel.vocabularySize
        try check(ids.tokens, vocabulary: vocabulary)
        let array = NPYArray(rows: ids.tokens.count, columns: vocabulary)
        try await Descriptor.replacing(output) { file in
            try file.write(array.header)
            try await languageModel.logits(of: ids.tokens) { _, values in
                try file.write(NPYArray.bytes(values))
            }
        }
        messages.note("Wrote \(output): float32 [\(array.rows), \(array.columns)].")
    }

    private func check(_ tokens: [Int], vocabulary: Int) throws {
        for (position, token) in tokens.enumerated() where token >= vocabulary {
            throw ValidationError(
                "--ids: the id \(token) at position \(position) is not in the vocabulary of "
                    + "\(vocabulary) tokens.")
        }
    }
}

/// Token ids, apart by spaces, commas or both.
struct TokenList: ExpressibleByArgument {
    let tokens: [Int]

    init?(argument: String) {
        let numbers = argument.split { $0 == "," || $0.isWhitespace }.map { Int($0) }
        let known = numbers.compactMap { $0 }
        guard known.count == numbers.count, !known.isEmpty, known.allSatisfy({ $0 >= 0 }) else {
            return nil
        }
        tokens = known
    }
}
