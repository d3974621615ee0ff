import BoraModels
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraLoading

/// What to measure.
public struct BenchmarkSettings: Sendable {
    public var promptTokens = 512
    public var generatedTokens = 128
    /// Tokens in the KV cache before the measurement starts.
    public var depth = 0
    /// Sequences at the same time.
    public var batch = 1
    public var repetitions = 5

    public init() {}

    func validate() throws {
        let values: [(String, Int, ClosedRange<Int>)] = [
            ("p", promptTokens, 0...1 << 20), ("n", generatedTokens, 0...1 << 20),
            ("d", depth, 0...1 << 20), ("b", batch, 1...4096), ("r", repetitions, 1...1000),
        ]
        for (name, value, allowed) in values where !allowed.contains(value) {
            throw OptionError(
                option: name, value: "\(value)",
                allowed: "\(allowed.lowerBound) … \(allowed.upperBound)")
        }
        guard promptTokens > 0 || generatedTokens > 0 else {
            throw OptionError(option: "p", value: "0", allowed: "more than 0 when -n is 0")
        }
    }
}

/// One row of a benchmark, named as llama-bench names it.
public struct BenchmarkResult: Sendable {
    /// `pp512`, `tg128`, `pp512 @ d1024`, `tg128 @ b8`.
    public let test: String
    /// Mean over the repetitions; of all sequences together.
    public let tokensPerSecond: Double
    /// Standard deviation over the repetitions.
    public let deviation: Double
    /// Share of the limit that this machine was measured to have around the same moments, the
    /// median of all: read bandwidth for generation, arithmetic for prompts.
    public let limitShare: Double
}

/// Measures how fast a model reads prompts and generates: its forward passes alone, on random
/// tokens, as llama-bench does.
public final class Benchmark: Sendable {
    public let plan: ModelPlan
    private let settings: BenchmarkSettings
    private let loaded: LoadedModel

    /// Loads a model, planned for the work to be measured at least.
    public init(
        _ file: ModelFile, settings: BenchmarkSettings, options: RuntimeOptions = RuntimeOptions(),
        progress: @escaping @Sendable (LanguageModel.LoadProgress) -> Void = { _ in }
    ) throws {
        try settings.validate()
        try file.requireWeights()
        var options = options
        let tokens = max(settings.promptTokens, settings.generatedTokens + 1)
        options.maxSequenceLength = max(
            options.maxSequenceLength ?? 1, settings.depth + tokens)
        options.maxBatchSize = max(options.maxBatchSize, settings.batch)
        self.settings = settings
        plan = try ModelPlan(file, options: options)
        guard !plan.isHypothetical else { throw HypotheticalPlan() }
        loaded = try LoadedModel(
            plan.model, map: plan.map, devices: plan.machine.devices(for: plan.map)
        ) { progress(.init(bytes: $0, totalBytes: $1)) }
    }

    /// Measures prompts, then generation; a test of 0 tokens is left out.
    ///
    /// - Parameter progress: called with the name of what is about to be measured.
    public func run(progress: (String) -> Void = { _ in }) throws -> [BenchmarkResult] {
        let limits = try SpeedLimits(plan)
        var results: [BenchmarkResult] = []
        // What lies in the cache beforehand serves every test.
        var run = BenchmarkRun(loaded, batch: settings.batch)
        try run.prompt(settings.depth)
        if settings.promptTokens > 0 {
            results.append(
                try measure("pp", settings.promptTokens, progress) { measurement, tokens in
                    run.rewind(to: settings.depth)
                    try measurement.time(tokens * settings.batch) {
                        limits.promptTokensPerSecond()
                    } work: {
                        try run.prompt(tokens)
                    }
                })
        }
        if settings.generatedTokens > 0 {
            results.append(
                try measure("tg", settings.generatedTokens, progress) { measurement, tokens in
                    run.rewind(to: settings.depth)
                    for start in stride(from: 0, to: tokens, by: Self.generationStretch) {
                        let stretch = min(Self.generationStretch, tokens - start)
                        try measurement.time(stretch * settings.batch) {
                            limits.generatedTokensPerSecond(
                                batch: settings.batch, depth: settings.depth + start + stretch / 2)
                        } work: {
                            for _ in 0..<stretch { try run.generate() }
                        }
                    }
                })
        }
        return results
    }

    /// Tokens that are generated between two measurements of the limit.
    private static let generationStretch = 16

    /// - Parameter repeat: measures once, with as many tokens as it is given.
    private func measure(
        _ kind: String, _ tokens: Int, _ progress: (String) -> Void,
        repeat body: (inout Measurement, _ tokens: Int) throws -> Void
    ) throws -> BenchmarkResult {
        let name = name(kind, tokens)
        progress(name)
        var warmUp = Measurement()
        try body(&warmUp, min(tokens, kind == "pp" ? plan.map.policy.promptChunk : 4))
        var shares: [Double] = []
        let speeds = try (0..<settings.repetitions).map { _ in
            var measurement = Measurement()
            try body(&measurement, tokens)
            shares += measurement.shares
            return Double(measurement.tokens) / measurement.seconds
        }
        let mean = speeds.reduce(0, +) / Double(speeds.count)
        return BenchmarkResult(
            test: name, tokensPerSecond: mean, deviation: deviation(speeds, mean),
            limitShare: shares.sorted()[shares.count / 2])
    }

    private func name(_ kind: String, _ tokens: Int) -> String {
        let extras =
            (settings.depth > 0 ? [" d\(settings.depth)"] : [])
            + (settings.batch > 1 ? [" b\(settings.batch)"] : [])
        return "\(kind)\(tokens)" + (extras.isEmpty ? "" : " @" + extras.joined())
    }

    private func deviation(_ values: [Double], _ mean: Double) -> Double {
        guard values.count > 1 else { return 0 }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}

/// One repetition of a test, in stretches that are timed beside the machine's limit.
private struct Measurement {
    private(set) var tokens = 0
    private(set) var seconds = 0.0
    /// Of the limit, by stretch.
    private(set) var shares: [Double] = []

    /// Times a stretch of `count` tokens.
    ///
    /// - Parameter limit: measures the most tokens that can be had in a second.
    mutating func time(
        _ count: Int, limit: () -> Double, work: () throws -> Void
    ) rethrows {
        let before = limit()
        let start = ContinuousClock.now
        try work()
        let time = (ContinuousClock.now - start) / .seconds(1)
        shares.append(Double(count) / time / ((before + limit()) / 2))
        tokens += count
        seconds += time
    }
}

/// Sequences of random tokens on a loaded model, stepped by hand.
private struct BenchmarkRun {
    private let loaded: LoadedModel
    private let batch: Int
    private var context = 0
    private var random = SystemRandomNumberGenerator()
    /// Steps that a split model is at work on, oldest first.
    private var underWay: [any RunningStep] = []

    init(_ loaded: LoadedModel, batch: Int) {
        self.loaded = loaded
        self.batch = batch
    }

    /// Forgets the tokens after the first `context`.
    mutating func rewind(to context: Int) { self.context = context }

    /// Runs a prompt in every sequence, one after the other, in chunks.
    mutating func prompt(_ tokens: Int) throws {
        guard tokens > 0 else { return }
        for sequence in 0..<batch {
            var done = 0
            while done < tokens {
                let rows = min(tokens - done, loaded.map.policy.promptChunk)
                let isLast = done + rows == tokens
                try start([slice(sequence, 0, rows, at: context + done)], outputs: isLast ? 1 : 0)
                done += rows
            }
        }
        try finish()
        context += tokens
    }

    /// Runs one token of every sequence.
    mutating func generate() throws {
        try start((0..<batch).map { slice($0, $0, 1, at: context) }, outputs: batch)
        try finish()
        context += 1
    }

    /// Waits for all steps.
    private mutating func finish() throws {
        for step in underWay { _ = try step.output() }
        underWay = []
    }

    private func slice(
        _ sequence: Int, _ firstRow: Int, _ rows: Int, at context: Int
    ) -> Step.Sequence {
        Step.Sequence(
            firstRow: firstRow, rows: rows, context: context,
            blocks: zip(loaded.model.groups, loaded.map.blocksPerGroup).map { group, blocks in
                let own = blocks / batch
                return group.geometry.span.table(
                    for: context..<context + rows, taking: sequence * own..<(sequence + 1) * own)
            })
    }

    /// Starts a step, and waits for the oldest where there are as many as may be.
    ///
    /// - Parameter outputs: rows of logits, counted from the last row.
    private mutating func start(_ sequences: [Step.Sequence], outputs: Int) throws {
        let vocabulary = Int32(loaded.model.vocabularySize)
        let positions = sequences.flatMap { sequence in
            (0..<sequence.rows).map { Int32(sequence.context + $0) }
        }
        let tokens = positions.map { _ in Int32.random(in: 0..<vocabulary, using: &random) }
        let last = positions.count
        if underWay.count == loaded.depth { _ = try underWay.removeFirst().output() }
        underWay.append(
            try loaded.start(
                Step(
                    tokens: tokens, positions: positions, sequences: sequences,
                    outputRows: (last - outputs..<last).map { Int32($0) })))
    }
}
