/// How long the expected work takes by the measured speeds, in seconds.
package struct PredictedTime: Codable, Equatable, Sendable {
    /// The prompts of one batch.
    package let promptSeconds: Double
    /// One token of every sequence of the batch, at the mean depth.
    package let tokenSeconds: Double
    /// The whole of the expected work: the prompts, then the tokens.
    package let workSeconds: Double
    /// No map of any kind does that work in less.
    package let boundSeconds: Double
    /// How far `workSeconds` is above the bound: 0.02 for 2 %.
    package let gap: Double

    private enum CodingKeys: String, CodingKey {
        case promptSeconds = "prompt_seconds"
        case tokenSeconds = "token_seconds"
        case workSeconds = "work_seconds"
        case boundSeconds = "bound_seconds"
        case gap
    }

    package init(
        promptSeconds: Double, tokenSeconds: Double, workSeconds: Double, boundSeconds: Double
    ) {
        self.promptSeconds = promptSeconds
        self.tokenSeconds = tokenSeconds
        self.workSeconds = workSeconds
        self.boundSeconds = boundSeconds
        gap = boundSeconds > 0 ? (workSeconds - boundSeconds) / boundSeconds : 0
    }
}
