import BoraCore

/// A vocabulary that no tokenizer can be made of, and what to do about it.
package struct TokenizerError: DescribedError, Equatable {
    package enum Code: String, CaseIterable, Sendable {
        case emptyVocabulary, oversizedVocabulary
        /// The token types or scores are not one per token, or a type's number means nothing.
        case mismatchedTypes, unknownType, mismatchedScores
        /// A merge is not two pieces with a space between, or names a piece that no token has.
        case malformedMerge, unknownPiece
        /// Words cannot be made of pieces without a token for those that are unknown.
        case missingUnknown
        /// SentencePiece's compiled normalization rules are damaged.
        case malformedCharacterMap
        /// The text is split into words in a way that Bora does not know.
        case unknownPreTokenizer
        /// A regular expression that cannot be used, and one that takes too long on a text.
        case unknownPattern, exhaustedPattern
        /// A text becomes far longer than it was.
        case oversizedText
        /// A part of `tokenizer.json` is not what it should be, or Bora does not have it.
        case malformedFile, unknownComponent
    }

    package let code: Code
    /// What is wrong, where, and the remedy.
    package let explanation: String

    init(_ code: Code, _ explanation: String) {
        self.code = code
        self.explanation = explanation
    }

    /// Throws when rules of a file have made a text far longer than any real rules do.
    static func checkGrowth(from before: Int, to after: Int) throws(TokenizerError) {
        // The most that Unicode makes of a character is 18 times as long.
        guard after <= 64 * before + 10_000 else {
            throw TokenizerError(
                .oversizedText,
                "the rules of the model's tokenizer.json make \(after) bytes and more of "
                    + "\(before). Use another model")
        }
    }

    package var category: ErrorCategory {
        switch code {
        case .unknownPreTokenizer, .unknownPattern, .unknownComponent: .unsupported
        default: .invalidInput
        }
    }

    package var identifier: String { "tokenizer.\(code.rawValue)" }

    package var description: String {
        [.exhaustedPattern, .oversizedText].contains(code)
            ? "cannot tokenize the text: \(explanation)"
            : "cannot make the model's tokenizer: \(explanation)"
    }
}
