/// One row of a benchmark: how fast a model reads prompts or generates, as llama-bench names it.
public struct BenchmarkResult: Sendable {
    /// `pp512`, `tg128`, `pp512 @ d1024`, `tg128 b8`.
    public let test: String
    /// Mean over the repetitions; of all sequences together.
    public let tokensPerSecond: Double
    /// Standard deviation over the repetitions.
    public let deviation: Double
    /// Share of the machine's measured limit: read bandwidth for generation, arithmetic peak for
    /// prompts.
    public let limitShare: Double
}

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
}

extension LanguageModel {
    /// Measures prompts, then generation, on random tokens; 0 tokens leave a test out.
    ///
    /// - Parameter progress: called with a line of what is being measured.
    public func benchmark(
        _ settings: BenchmarkSettings, progress: (String) -> Void = { _ in }
    ) async throws -> [BenchmarkResult] { fatalError("not wired yet") }
}
