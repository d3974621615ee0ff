import ArgumentParser
import Bora

/// How an answer is drawn and when it ends. What is not given is as the model's file says.
struct SamplingArguments: ParsableArguments {
    @Option(help: "Tokens to answer with at most. (default: what the model's context holds)")
    var maxTokens: Int?

    @Option(help: "Divides the logits; 0 always takes the most likely token.")
    var temperature: Float?

    @Option(help: "Draw from this many of the most likely tokens; 0 from all.")
    var topK: Int?

    @Option(help: "Draw from the fewest tokens whose probabilities reach this sum.")
    var topP: Float?

    @Option(help: "Draw from tokens at least this many times as likely as the most likely.")
    var minP: Float?

    @Option(help: "Makes tokens seen before less likely; 1 changes nothing.")
    var repetitionPenalty: Float?

    @Option(parsing: .unconditional, help: "Taken from the logit of every token of the answer.")
    var presencePenalty: Float?

    @Option(
        parsing: .unconditional,
        help: "Taken from a token's logit for each time it stands in the answer.")
    var frequencyPenalty: Float?

    @Option(help: "Makes the answer repeatable.")
    var seed: UInt64?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("End the answer before this text; may be repeated.", valueName: "text"))
    var stop: [String] = []

    @Option(help: ArgumentHelp("Report this many candidates for each token.", valueName: "count"))
    var logprobs: Int?

    @Flag(help: "Take the most likely token each time, without penalties.")
    var greedy = false

    func validate() throws {
        guard !greedy || (temperature == nil && repetitionPenalty == nil) else {
            throw ValidationError(
                "--greedy sets the temperature and the penalties; leave them out.")
        }
        guard maxTokens ?? 1 > 0 else {
            throw ValidationError("--max-tokens must be 1 or more.")
        }
        guard !stop.contains("") else { throw ValidationError("--stop must not be empty.") }
    }

    var sampling: SamplingOptions {
        guard !greedy else {
            var options = SamplingOptions.greedy
            options.logprobs = logprobs
            return options
        }
        var options = SamplingOptions()
        options.temperature = temperature
        options.topK = topK
        options.topP = topP
        options.minP = minP
        options.repetitionPenalty = repetitionPenalty
        options.presencePenalty = presencePenalty
        options.frequencyPenalty = frequencyPenalty
        options.seed = seed
        options.logprobs = logprobs
        return options
    }
}
