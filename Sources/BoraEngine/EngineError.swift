import BoraCore

/// A request that the engine does not take, or cannot finish.
package struct EngineError: DescribedError, Equatable {
    package enum Code: Hashable, Sendable {
        /// A request without a single token.
        case noTokens
        case tokenOutOfRange(Int32, vocabularySize: Int)
        /// Fewer than one token asked for.
        case nothingToGenerate(Int)
        /// The engine was shut down, as its model was closed.
        case stopped
    }

    package let code: Code

    package init(_ code: Code) { self.code = code }

    package var category: ErrorCategory {
        switch code {
        case .noTokens, .tokenOutOfRange, .nothingToGenerate: .invalidInput
        case .stopped: .cancelled
        }
    }

    package var identifier: String {
        switch code {
        case .noTokens: "engine.noTokens"
        case .tokenOutOfRange: "engine.tokenOutOfRange"
        case .nothingToGenerate: "engine.nothingToGenerate"
        case .stopped: "engine.stopped"
        }
    }

    package var description: String {
        switch code {
        case .noTokens:
            "the prompt has no tokens; give it at least one (a model's BOS token will do)"
        case .tokenOutOfRange(let token, let vocabularySize):
            "token \(token) is not in the vocabulary, which ends at \(vocabularySize - 1)"
        case .nothingToGenerate(let count):
            "max_tokens is \(count); it must be 1 or more"
        case .stopped:
            "the model was closed before the request was done"
        }
    }
}
