import BoraCore

/// A model file that cannot be read: what is wrong, where, and what to do about it.
package struct FormatError: DescribedError, Equatable {
    package enum Code: String, CaseIterable, Sendable {
        /// Not a format that Bora reads.
        case unrecognizedFile
        /// A version, byte order or feature of the format that Bora does not read.
        case unsupportedVersion, bigEndian, unsupportedElementType
        /// A length, count or offset reaches past the end of the file.
        case truncated, tensorOutsideFile
        /// A count beyond any real model.
        case limitExceeded
        case duplicateKey, duplicateTensor
        /// Empty, or not UTF-8.
        case invalidText
        /// A value's type, or its bytes, mean nothing.
        case invalidValue
        case nestingTooDeep
        case invalidAlignment, misalignedTensor, overlappingTensors
        /// Data that belongs to no tensor, in a format that has none.
        case unusedBytes
        /// Not JSON, where JSON belongs.
        case invalidJSON
        /// The name of a file that a file gives, or the name of a part of a split one.
        case invalidFileName
        /// The files of one model do not fit together.
        case mismatchedFiles
        /// A file of the model is not there.
        case missingFile
        /// A folder holds no model, or several.
        case noModel, severalModels
        /// Extents of zero, too many of them, too large, or not in whole blocks.
        case invalidShape
        /// The file is well formed, but a key or tensor that the caller needs is missing or is
        /// of another type.
        case missingKey, wrongType, missingTensor

        /// What to try, unless it depends on more than the code.
        fileprivate var remedy: String? {
            switch self {
            case .unrecognizedFile, .unsupportedVersion, .bigEndian, .unsupportedElementType,
                .invalidFileName, .noModel, .severalModels:
                nil
            case .mismatchedFiles:
                "Download all files of the model again, of one revision"
            case .missingFile:
                "Download the model's files into one folder"
            case .truncated, .tensorOutsideFile:
                "The file is cut short or damaged: download it again"
            case .missingKey, .wrongType, .missingTensor:
                "Convert the model again with a current converter"
            default:
                "The file is damaged or was written wrong: download or convert it again"
            }
        }
    }

    /// The metadata key or the tensor that an error is about.
    package enum Subject: Hashable, Sendable {
        case key(String)
        case tensor(String)
    }

    package let code: Code
    package let file: String
    /// Where in the file, in bytes from its start.
    package let offset: Int?
    package let subject: Subject?
    /// What was expected and found; and the remedy, when the code alone does not say it.
    package let explanation: String

    package init(
        _ code: Code, file: String, offset: Int? = nil, subject: Subject? = nil,
        _ explanation: String
    ) {
        self.code = code
        self.file = file
        self.offset = offset
        self.subject = subject
        self.explanation = explanation
    }

    /// - Parameter start: where in the file the document begins, in bytes.
    init(_ error: JSONError, at start: Int = 0) {
        let code: Code =
            switch error.code {
            case .truncated: .truncated
            case .invalidText: .invalidText
            case .duplicateKey: .duplicateKey
            case .nestingTooDeep: .nestingTooDeep
            default: .invalidJSON
            }
        self.init(code, file: error.file, offset: start + error.offset, error.explanation)
    }

    package var category: ErrorCategory {
        switch code {
        case .unrecognizedFile, .unsupportedVersion, .bigEndian, .unsupportedElementType:
            .unsupported
        case .missingFile, .noModel:
            .notFound
        default: .invalidInput
        }
    }

    package var identifier: String { "format.\(code.rawValue)" }

    package var description: String {
        var place = file
        switch subject {
        case .key(let key): place += ", key \(Self.quoted(key))"
        case .tensor(let name): place += ", tensor \(Self.quoted(name))"
        case nil: break
        }
        if let offset { place += ", byte \(offset)" }
        let remedy = code.remedy.map { ". \($0)" } ?? ""
        return "\(place): \(explanation)\(remedy)"
    }

    /// Text from a file as it may be printed: escaped, because a damaged or hostile file can hold
    /// anything, and cut to a length that fits a message.
    static func quoted(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80)
        let isCut = shown.endIndex < text.unicodeScalars.endIndex
        return String(shown).debugDescription + (isCut ? "…" : "")
    }

    /// Names of files as they may be printed, the first few of many.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).map(quoted).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}
