import Bora

/// How the answers of a chat are drawn and when they end: what `/set` changes.
package struct ChatSettings: Sendable {
    /// The settings by the names of their options.
    package enum Name: String, CaseIterable, Sendable {
        case maxTokens = "max-tokens"
        case temperature
        case topK = "top-k"
        case topP = "top-p"
        case minP = "min-p"
        case repetitionPenalty = "repetition-penalty"
        case presencePenalty = "presence-penalty"
        case frequencyPenalty = "frequency-penalty"
        case seed
        case stop
        case logprobs
    }

    var sampling = SamplingOptions()
    var maxTokens: Int?
    var stop: [String] = []

    package init() {}

    /// Sets one value; `stop` takes one text more each time.
    ///
    /// - Parameter value: nil for the model's own; of `stop`, for none.
    /// - Throws: `ChatError`, or what the sampler says of a value outside its range.
    package mutating func set(_ name: Name, to value: String?) throws {
        var new = self
        switch name {
        case .maxTokens:
            new.maxTokens = try Self.number(name, value, "a whole number, 1 or more")
            if let count = new.maxTokens, count < 1 {
                throw ChatError(
                    .invalidValue(setting: name.rawValue, value: "\(count)", allowed: "1 or more"))
            }
        case .temperature: new.sampling.temperature = try Self.number(name, value)
        case .topK: new.sampling.topK = try Self.number(name, value, "a whole number")
        case .topP: new.sampling.topP = try Self.number(name, value)
        case .minP: new.sampling.minP = try Self.number(name, value)
        case .repetitionPenalty: new.sampling.repetitionPenalty = try Self.number(name, value)
        case .presencePenalty: new.sampling.presencePenalty = try Self.number(name, value)
        case .frequencyPenalty: new.sampling.frequencyPenalty = try Self.number(name, value)
        case .seed: new.sampling.seed = try Self.number(name, value, "a whole number, 0 or more")
        case .stop: new.stop = value.map { stop + [$0] } ?? []
        case .logprobs: new.sampling.logprobs = try Self.number(name, value, "a whole number")
        }
        try new.sampling.validate()
        self = new
    }

    /// The values that are set, as `set` takes them.
    package var values: [(name: Name, value: String)] {
        Name.allCases.flatMap { name in texts(of: name).map { (name, $0) } }
    }

    private func texts(of name: Name) -> [String] {
        func text(_ value: (some CustomStringConvertible)?) -> [String] {
            value.map { [$0.description] } ?? []
        }
        return switch name {
        case .maxTokens: text(maxTokens)
        case .temperature: text(sampling.temperature)
        case .topK: text(sampling.topK)
        case .topP: text(sampling.topP)
        case .minP: text(sampling.minP)
        case .repetitionPenalty: text(sampling.repetitionPenalty)
        case .presencePenalty: text(sampling.presencePenalty)
        case .frequencyPenalty: text(sampling.frequencyPenalty)
        case .seed: text(sampling.seed)
        case .stop: stop
        case .logprobs: text(sampling.logprobs)
        }
    }

    private static func number<Number: LosslessStringConvertible>(
        _ name: Name, _ text: String?, _ allowed: String = "a number"
    ) throws(ChatError) -> Number? {
        guard let text else { return nil }
        guard let number = Number(text) else {
            throw ChatError(.invalidValue(setting: name.rawValue, value: text, allowed: allowed))
        }
        return number
    }
}
