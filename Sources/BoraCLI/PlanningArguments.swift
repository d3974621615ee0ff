import ArgumentParser
import Bora

/// How a model is placed and run: the options of every command that plans or loads one.
struct PlanningArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The model's architecture, where the file's own name for it is not to be believed.")
    var arch: String?

    @Option(
        help: ArgumentHelp(
            "Longest sequence to plan for, in tokens. (default: 4096, or the model's context)",
            valueName: "tokens"))
    var maxSeqLen: Int?

    @Option(help: ArgumentHelp("Sequences at the same time to plan for.", valueName: "count"))
    var maxBatchSize = 1

    @Option(help: ArgumentHelp("Images in a request to plan for.", valueName: "count"))
    var maxNumImages = 1

    @Option(help: ArgumentHelp("Longest edge of an image to plan for.", valueName: "pixels"))
    var maxImageLength = 1024

    @Option(
        help: ArgumentHelp(
            "Tokens of prompt and answer to be fast at, as `2048,512`.", valueName: "p,g"))
    var expect: WorkExpectation?

    @Option(
        help: ArgumentHelp(
            "Memory to leave free on each device, as `512MiB`. (default: 1 %, at least 128 MiB)",
            valueName: "bytes"))
    var reserve: ByteSize?

    @Flag(help: "Use the CPU alone, as this version always does.")
    var cpu = false

    @Option(name: .shortAndLong, help: "CPU threads. (default: the physical cores)")
    var threads: Int?

    @Option(help: "Type to compute in; f32 dequantizes exactly.")
    var dtype = RuntimeOptions.ComputeType.auto

    @Option(help: "Type of the KV cache; auto is f16.")
    var kvDtype = RuntimeOptions.CacheType.auto

    /// What the facade takes.
    var runtime: RuntimeOptions {
        var options = RuntimeOptions()
        options.architecture = arch
        options.maxSequenceLength = maxSeqLen
        options.maxBatchSize = maxBatchSize
        options.maxImages = maxNumImages
        options.maxImageLength = maxImageLength
        options.expectedWork = expect.map { ($0.promptTokens, $0.generatedTokens) }
        options.reserveBytes = reserve?.bytes
        options.threads = threads
        options.computeType = dtype
        options.cacheType = kvDtype
        return options
    }
}

extension RuntimeOptions.ComputeType: ExpressibleByArgument {}
extension RuntimeOptions.CacheType: ExpressibleByArgument {}

extension ByteSize: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// `P,G`: tokens of a prompt and of its answer.
struct WorkExpectation: ExpressibleByArgument {
    let promptTokens: Int
    let generatedTokens: Int

    init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard numbers.count == 2, let prompt = numbers[0], let generated = numbers[1] else {
            return nil
        }
        promptTokens = prompt
        generatedTokens = generated
    }
}
