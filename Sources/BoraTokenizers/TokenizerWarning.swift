/// Something odd about a vocabulary that does not stop Bora from using it.
package enum TokenizerWarning: Hashable, Sendable, CustomStringConvertible {
    /// The model does not say how text is split into words.
    case missingPreTokenizer
    /// No token and no unknown token stands for these bytes: text loses them.
    case missingBytes([UInt8])
    /// A special token's id is beyond the vocabulary; the model is used without it.
    case specialTokenOutOfRange(role: String, id: Int32, count: Int)

    package var description: String {
        switch self {
        case .missingPreTokenizer:
            "the model names no pre-tokenizer, so text is split as llama.cpp's \"default\" does; "
                + "the model may answer worse than it could. Convert it again with a current "
                + "converter"
        case .missingBytes(let bytes):
            "the vocabulary has no token for \(bytes.count) of the 256 bytes, so text that holds "
                + "them loses them"
        case .specialTokenOutOfRange(let role, let id, let count):
            "the \(role) token has id \(id), and the vocabulary has \(count) tokens; the model is "
                + "used without it"
        }
    }
}
