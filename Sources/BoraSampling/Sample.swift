/// A chosen token.
package struct Sample: Hashable, Sendable {
    package let token: Int32
    /// Present when `SamplingParameters.logprobs` asks for it.
    package let logprobs: TokenLogprobs?
}

/// Natural logarithms of probabilities under the model's own distribution: the softmax of its
/// logits before penalties, temperature and filters.
package struct TokenLogprobs: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let token: Int32
        package let logprob: Float
    }

    /// Of the chosen token.
    package let chosen: Float
    /// The most likely tokens, most likely first.
    package let top: [Entry]
}
