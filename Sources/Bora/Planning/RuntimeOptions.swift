import BoraCore
import BoraDeviceMapping

/// What a caller may say about how a model is placed and run. The four sizes are expectations that
/// the device map is made for, not limits at run time.
public struct RuntimeOptions: Sendable {
    /// The type that activations are computed in.
    public enum ComputeType: String, CaseIterable, Sendable {
        /// The device's fastest: integer products with quantized weights on a CPU.
        case auto
        /// Exact dequantization and f32 activations, on every device: the mode for comparing.
        case f32
    }

    /// The type that keys and values are kept in.
    public enum CacheType: String, CaseIterable, Sendable {
        /// f16.
        case auto
        case f32
        case f16
        case bf16
        /// Blocks of 32 numbers in 8 bits with a scale: about half of f16.
        case q8_0
    }

    /// The architecture, where the checkpoint's own name for it is not to be believed.
    public var architecture: String?
    /// Longest sequence, prompt and answer together, in tokens; nil for 4,096 or the model's own
    /// context where that is shorter.
    public var maxSequenceLength: Int?
    /// Sequences that generate at the same time.
    public var maxBatchSize = 1
    /// Images in one request, for models that see.
    public var maxImages = 1
    /// Longest edge of an image, in pixels.
    public var maxImageLength = 1024
    /// Bytes left free on each device; nil for 1 % of the device and at least 128 MiB.
    public var reserveBytes: Int?
    /// Tokens of the prompt and of the answer to be fast at; nil for half and an eighth of the
    /// longest sequence.
    public var expectedWork: (promptTokens: Int, generatedTokens: Int)?
    /// The devices to use, with budgets to carve: `gpu0:40MiB,gpu0:20MiB,cpu`; nil for all.
    public var devices: String?
    /// The CPU alone: drivers of GPUs are not even asked.
    public var cpuOnly = false
    /// A manual map, `16` or `0:16;1:16`; nil for an automatic one. Deprecated.
    public var deviceLayers: String?
    /// A file that pins layers and tensors to devices.
    public var topology: String?
    /// Pins `PATTERN=DEVICE` of tensors; they go before those of the topology.
    public var tensorOverrides: [String] = []
    /// A plan that `bora plan --json` printed, to load by.
    public var savedPlan: String?
    /// A file that describes devices that are not there, to plan for.
    public var hypotheticalRig: String?
    /// Whether the CPU's speed is measured, once per machine, for predictions, although there is no
    /// other device to compare it with.
    public var predictsSpeed = false
    /// CPU threads; nil for the physical cores.
    public var threads: Int?
    public var computeType = ComputeType.auto
    public var cacheType = CacheType.auto
    /// Rows of logits that one step may return; nil for one per sequence of the batch. Measuring
    /// perplexity asks for many.
    public var logitsRows: Int?

    public init() {}

    /// Throws what the planner could not make sense of.
    func validate() throws(OptionError) {
        let (tokens, counts) = (MappingPolicy.tokens, MappingPolicy.counts)
        let sizes: [(String, Int?, ClosedRange<Int>)] = [
            ("max-seq-len", maxSequenceLength, tokens), ("max-batch-size", maxBatchSize, counts),
            ("max-num-images", maxImages, counts), ("max-image-length", maxImageLength, counts),
            ("expect", expectedWork?.promptTokens, tokens),
            ("expect", expectedWork?.generatedTokens, tokens), ("threads", threads, 1...1024),
        ]
        for (name, value, allowed) in sizes {
            guard let value, !allowed.contains(value) else { continue }
            throw OptionError(
                option: name, value: "\(value)",
                allowed: "\(allowed.lowerBound) … \(allowed.upperBound)")
        }
        try validateChoices()
        if let reserveBytes, reserveBytes < 0 {
            throw OptionError(option: "reserve", value: "\(reserveBytes)", allowed: "0 or more")
        }
    }

    /// Throws for ways to choose devices that exclude each other.
    private func validateChoices() throws(OptionError) {
        let choices = [
            ("devices", devices != nil), ("cpu", cpuOnly),
            ("hypothetical", hypotheticalRig != nil),
        ].filter(\.1).map(\.0)
        guard choices.count <= 1 else {
            throw OptionError(
                option: choices[1], value: "with --\(choices[0])", allowed: "one of the two")
        }
        let maps = [
            ("device-layers", deviceLayers != nil), ("topology", topology != nil),
            ("override-tensor", !tensorOverrides.isEmpty),
        ].filter(\.1).map(\.0)
        guard savedPlan == nil || maps.isEmpty else {
            throw OptionError(
                option: "plan", value: "with --\(maps[0])",
                allowed: "one of the two: a saved plan says where everything goes")
        }
    }

    func policy(modelContext: Int) -> MappingPolicy {
        var policy = MappingPolicy()
        policy.maxSequenceLength =
            maxSequenceLength ?? min(policy.maxSequenceLength, modelContext)
        policy.maxBatchSize = maxBatchSize
        policy.maxImages = maxImages
        policy.maxImageLength = maxImageLength
        policy.logitsRows = logitsRows
        if let logitsRows { policy.chunkTokens = min(policy.chunkTokens, logitsRows) }
        policy.reserveBytes = reserveBytes
        policy.expected = expectedWork.map {
            ExpectedWork(promptTokens: $0.promptTokens, generatedTokens: $0.generatedTokens)
        }
        return policy
    }

    var kvType: ElementType {
        switch cacheType {
        case .auto, .f16: .f16
        case .f32: .f32
        case .bf16: .bf16
        case .q8_0: .q8_0
        }
    }
}

/// An option has a value that means nothing.
public struct OptionError: Error, CustomStringConvertible {
    public let option: String
    public let value: String
    public let allowed: String

    public var description: String {
        "\(option.count == 1 ? "-" : "--")\(option) \(value): allowed is \(allowed)"
    }
}

extension OptionError: DescribedError {
    package var category: ErrorCategory { .wrongUsage }
    package var identifier: String { "option.outOfRange" }
}
