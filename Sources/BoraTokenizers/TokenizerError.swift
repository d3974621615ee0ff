import BoraCore

/// A vocabulary that no tokenizer can be made of, and what to do about it.
package struct TokenizerError: DescribedError, Equatable {
    package enum Code: String, CaseIterable, Sendable {
        case emptyVocabulary, oversizedVocabulary
        /// The token types are not one per token, or a number means nothing.
        case mismatchedTypes, unknownType
        /// A merge is not two pieces with a space between, or names a piece that no token has.
        case malformedMerge, unknownPiece
        /// The text is split into words in a way that Bora does not know.
        case unknownPreTokenizer
    }

    package let code: Code
    /// What is wrong, where, and the remedy.
    package let explanation: String

    init(_ code: Code, _ explanation: String) {
        self.code = code
        self.explanation = explanation
    }

    package var category: ErrorCategory {
        code == .unknownPreTokenizer ? .unsupported : .invalidInput
    }

    package var identifier: String { "tokenizer.\(code.rawValue)" }

    package var description: String { "cannot make the model's tokenizer: \(explanation)" }
}
