/// A document that is not JSON: what is wrong and where.
package struct JSONError: DescribedError, Equatable {
    package enum Code: String, CaseIterable, Sendable {
        case truncated, unexpectedCharacter, invalidText, invalidEscape, invalidNumber
        case duplicateKey, nestingTooDeep, trailingCharacters
    }

    package let code: Code
    package let file: String
    /// In bytes from the start of the document.
    package let offset: Int
    package let explanation: String

    package var category: ErrorCategory { .invalidInput }

    package var identifier: String { "json.\(code.rawValue)" }

    package var description: String {
        "\(file), byte \(offset): \(explanation). The file is damaged or was written wrong: "
            + "download or convert it again"
    }
}
