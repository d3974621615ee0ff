/// How well a model predicts a text: the exponential of the mean negative log-likelihood, in the
/// manner of llama.cpp's `llama-perplexity`: the text is cut into chunks of `context` tokens, and
/// the second half of each is scored.
public struct Perplexity: Sendable {
    public let value: Double
    /// Standard error of `value`.
    public let error: Double
    public let scoredTokens: Int
    public let chunks: Int
    /// All tokens run, not the scored ones alone.
    public let tokensPerSecond: Double
}

extension LanguageModel {
    /// - Parameters:
    ///   - context: tokens of one chunk, at least 2.
    ///   - progress: called after each chunk with the chunks done, their total and the value so far.
    /// - Throws: when the text has fewer than `context` tokens.
    public func perplexity(
        of text: String, context: Int = 512,
        progress: (_ done: Int, _ total: Int, _ value: Double) -> Void = { _, _, _ in }
    ) async throws -> Perplexity { fatalError("not wired yet") }
}
