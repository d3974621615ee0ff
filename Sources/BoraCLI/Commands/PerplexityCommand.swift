import ArgumentParser
import Bora

struct PerplexityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measure how well a model predicts a text, as llama-perplexity does.")

    @Option(help: "The text. (default: standard input)", completion: .file())
    var file: String?

    @Option(help: ArgumentHelp("Tokens of one chunk.", valueName: "tokens"))
    var context = 512

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Planning") var planning: PlanningArguments
    @OptionGroup(title: "Planning") var manual: ManualMapArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() async throws {
        guard let text = try TextSource.read(option: nil, file: file) else {
            throw ValidationError("There is no text. Give one with --file.")
        }
        let modelFile = try await model.open(for: .running, messages)
        try modelFile.requireWeights()
        var options = planning.runtime(mappedBy: manual.deviceLayers)
        options.maxSequenceLength = options.maxSequenceLength ?? max(context, 1)
        options.logitsRows = min(max(context, 1), 128)
        let plan = try ModelPlan(modelFile, options: options, report: messages.tellWaiting)
        messages.show(plan)
        let languageModel = try LanguageModel.load(modelFile, plan: plan, messages)
        var lastReport = ContinuousClock.now
        let result = try await languageModel.perplexity(of: text, context: context) {
            guard ContinuousClock.now - lastReport >= .seconds(1) else { return }
            lastReport = .now
            messages.note("Chunk \($0) of \($1): \($2.fixed(4))")
        }
        try Descriptor.standardOutput.write(output(result) + "\n")
    }

    private func output(_ result: Perplexity) throws -> String {
        struct Document: Encodable {
            let perplexity: Double
            let error: Double
            let context: Int
            let chunks: Int
            let scoredTokens: Int
            let tokensPerSecond: Double
        }
        if json {
            return try JSONText.of(
                Document(
                    perplexity: result.value, error: result.error, context: context,
                    chunks: result.chunks, scoredTokens: result.scoredTokens,
                    tokensPerSecond: result.tokensPerSecond))
        }
        return "Perplexity: \(result.value.fixed(4)) ± \(result.error.fixed(4)), "
            + "\(result.scoredTokens) tokens scored in \(result.chunks) chunks of \(context), "
            + "\(result.tokensPerSecond.fixed(1)) tokens/s"
    }
}
