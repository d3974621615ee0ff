import BoraEngine
import BoraLoading
import BoraTokenizers
import Glibc

/// How well a model predicts a text: the exponential of the mean negative log-likelihood, in the
/// manner of llama.cpp's `llama-perplexity`. The text is cut into chunks of `context` tokens, each
/// of which starts with the beginning token where the model has one, and the second half of each
/// chunk is scored.
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
    /// Load the model with `RuntimeOptions.logitsRows` in the hundreds: one row of logits per step,
    /// the default, makes this slow.
    ///
    /// - Parameters:
    ///   - context: tokens of one chunk, at least 4.
    ///   - progress: called after each chunk with the chunks done, their total and the value so
    ///     far.
    /// - Throws: when the text has fewer than `context` tokens.
    public func perplexity(
        of text: String, context: Int = 512,
        progress: (_ done: Int, _ total: Int, _ value: Double) -> Void = { _, _, _ in }
    ) async throws -> Perplexity {
        let tokens = try tokenizer.encode(text, parseSpecial: false)
        let chunks = tokens.count / max(context, 1)
        guard context >= 4, chunks > 0 else {
            throw OptionError(
                option: "context", value: "\(context)",
                allowed: "4 … \(tokens.count), the tokens of the text")
        }
        let tokenizer = tokenizer.tokenizer
        let beginning = tokenizer.addsBeginning ? tokenizer.beginningOfSequence : nil
        var losses = LossSum()
        let start = ContinuousClock.now
        for chunk in 0..<chunks {
            var ids = Array(tokens[chunk * context..<(chunk + 1) * context])
            if let beginning { ids[0] = Int(beginning) }
            try await logits(of: ids) { firstRow, values in
                let vocabulary = engine.vocabularySize
                for row in 0..<values.count / vocabulary {
                    let position = firstRow + row
                    // The first half is there to be read; the last token predicts nothing here.
                    guard position >= context / 2, position < context - 1 else { continue }
                    let logits = values[row * vocabulary..<(row + 1) * vocabulary]
                    losses.add(negativeLogLikelihood(of: ids[position + 1], logits))
                }
            }
            progress(chunk + 1, chunks, losses.perplexity)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Perplexity(
            value: losses.perplexity, error: losses.error, scoredTokens: losses.count,
            chunks: chunks, tokensPerSecond: Double(chunks * context) / seconds)
    }
}

/// `-log softmax(logits)[token]`, in double precision.
private func negativeLogLikelihood(of token: Int, _ logits: ArraySlice<Float>) -> Double {
    let greatest = logits.max() ?? 0
    var sum = 0.0
    for logit in logits { sum += exp(Double(logit - greatest)) }
    return log(sum) - Double(logits[logits.startIndex + token] - greatest)
}

private struct LossSum {
    private(set) var count = 0
    private var sum = 0.0
    private var squares = 0.0

    mutating func add(_ loss: Double) {
        count += 1
        sum += loss
        squares += loss * loss
    }

    var perplexity: Double { exp(sum / Double(count)) }

    /// The standard error of the mean loss, carried through the exponential.
    var error: Double {
        guard count > 1 else { return 0 }
        let mean = sum / Double(count)
        let variance = max(0, squares / Double(count) - mean * mean)
        return (variance / Double(count - 1)).squareRoot() * perplexity
    }
}
