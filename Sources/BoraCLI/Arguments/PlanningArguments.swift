import ArgumentParser
import Bora

/// How a model is placed and run: the options of every command that plans or loads one.
struct PlanningArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            The model's architecture, where the file's own name for it is not to be believed: \
            llama, mistral, qwen2, qwen3, gemma2, phi3, …
            """, valueName: "arch"))
    var arch: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Longest sequence to plan for, in tokens. (default: 4096, or the model's context)",
            valueName: "tokens"))
    var maxSeqLen: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Sequences at the same time to plan for.", valueName: "count"))
    var maxBatchSize = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Images in a request to plan for.", valueName: "count"))
    var maxNumImages = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Longest edge of an image to plan for.", valueName: "pixels"))
    var maxImageLength = 1024

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens of prompt and answer to be fast at, as `2048,512`.", valueName: "p,g"))
    var expect: WorkExpectation?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Memory to leave free on each device, as `512MiB`. (default: 1 %, at least 128 MiB)",
            valueName: "bytes"))
    var reserve: ByteSize?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Use these devices, with budgets to carve out of them: gpu0:40MiB,gpu0:20MiB,cpu. \
            (default: all)
            """, valueName: "list"))
    var devices: String?

    @Flag(help: "Use the CPU alone.")
    var cpu = false

    @Option(
        help: ArgumentHelp(
            "Pin layers and tensors to devices, as a YAML file says: `0-15: gpu0`.",
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var topology: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            Pin the parts with tensors in whose names a regular expression is found, as \
            ffn_up=cpu; may be repeated.
            """, valueName: "pattern=device"))
    var overrideTensor: [String] = []

    @Option(
        help: ArgumentHelp(
            "Place the model as a plan says that `bora plan --json` printed.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var plan: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: "CPU threads. (default: the physical cores)")
    var threads: Int?

    @Option(help: "Type to compute in; f32 dequantizes exactly.")
    var dtype = RuntimeOptions.ComputeType.auto

    @Option(help: "Type of the KV cache; auto is f16.")
    var kvDtype = RuntimeOptions.CacheType.auto

    func validate() throws {
        guard !(cpu && devices != nil) else {
            throw ValidationError("--cpu and --devices exclude each other.")
        }
        guard plan != nil else { return }
        let decided = [
            ("topology", topology != nil), ("override-tensor", !overrideTensor.isEmpty),
            ("max-seq-len", maxSeqLen != nil), ("max-batch-size", maxBatchSize != 1),
            ("max-num-images", maxNumImages != 1), ("max-image-length", maxImageLength != 1024),
            ("expect", expect != nil), ("reserve", reserve != nil),
        ]
        if let (name, _) = decided.first(where: \.1) {
            throw ValidationError(
                "--plan says where everything goes and for what sizes; leave out --\(name).")
        }
    }

    /// What the facade takes.
    ///
    /// - Parameter deviceLayers: the manual map, where there is one.
    func runtime(mappedBy deviceLayers: String?) -> RuntimeOptions {
        var options = RuntimeOptions()
        options.deviceLayers = deviceLayers
        options.devices = devices
        options.cpuOnly = cpu
        options.topology = topology
        options.tensorOverrides = overrideTensor
        options.savedPlan = plan
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

/// The manual map, where `-n` is free to name it.
struct ManualMapArguments: ParsableArguments {
    static let help = ArgumentHelp(
        """
        Layers for GPU 0, or for several GPUs as 0:16;1:16; the rest go on the CPU. Deprecated: \
        devices are mapped automatically.
        """, valueName: "map")

    @Option(
        name: [.customShort("n"), .customLong("device-layers")], parsing: .unconditional,
        help: Self.help)
    var deviceLayers: String?
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
