import ArgumentParser
import Bora

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast a model reads prompts and generates.",
        discussion: """
            Rows are named as llama-bench names them: pp512 reads a prompt of 512 tokens, tg128 \
            generates 128. The share is of what this machine was measured to be able to: \
            arithmetic for prompts, reading memory for generation.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case md, csv, json, jsonl
    }

    @Option(
        name: .customShort("p"),
        help: ArgumentHelp("Prompt tokens; 0 for no such test.", valueName: "tokens"))
    var promptTokens = 512

    @Option(
        name: .customShort("n"),
        help: ArgumentHelp("Tokens to generate; 0 for no such test.", valueName: "tokens"))
    var generatedTokens = 128

    @Option(
        name: .customShort("d"),
        help: ArgumentHelp("Tokens in the KV cache beforehand.", valueName: "tokens"))
    var depth = 0

    @Option(
        name: .customShort("b"),
        help: ArgumentHelp("Sequences at the same time.", valueName: "count"))
    var batch = 1

    @Option(name: .customShort("r"), help: ArgumentHelp("Repetitions.", valueName: "count"))
    var repetitions = 5

    @Option(name: .customShort("o"), help: "How to print the result.")
    var format: Format?

    @Option(
        name: .customLong("device-layers"), parsing: .unconditional,
        help: ManualMapArguments.help)
    var deviceLayers: String?

    @Flag(help: "The same as -o json.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Planning") var planning: PlanningArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func validate() throws {
        guard !json || format == nil || format == .json else {
            throw ValidationError("--json and -o \(format?.rawValue ?? "") exclude each other.")
        }
    }

    func run() async throws {
        let file = try await model.open(for: .running, messages)
        let inspection = try file.inspect()
        var settings = BenchmarkSettings()
        settings.promptTokens = promptTokens
        settings.generatedTokens = generatedTokens
        settings.depth = depth
        settings.batch = batch
        settings.repetitions = repetitions
        let progress = LoadingProgress(messages)
        let benchmark = try Benchmark(
            file, settings: settings, options: planning.runtime(mappedBy: deviceLayers),
            progress: progress.update)
        progress.finish()
        messages.warn(benchmark.plan.warnings)
        let results = try benchmark.run { messages.note("Measuring \($0)") }
        let rows = results.map { BenchmarkRow($0, inspection, benchmark.plan) }
        try Descriptor.standardOutput.write(output(rows) + "\n")
    }

    private func output(_ rows: [BenchmarkRow]) throws -> String {
        switch json ? .json : format ?? .md {
        case .md: BenchmarkRow.table(rows).markdown
        case .csv: BenchmarkRow.rawTable(rows).csv
        case .json: try JSONText.of(rows)
        case .jsonl:
            try rows.map { try JSONText.of($0, isCompact: true) }.joined(separator: "\n")
        }
    }
}
