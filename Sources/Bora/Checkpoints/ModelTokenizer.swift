import BoraCore
import BoraFormats
import BoraTokenizers

/// A model's tokenizer: text to token ids and back.
public struct ModelTokenizer: Sendable {
    let tokenizer: Tokenizer
    /// Tokens that end an answer.
    package let endTokens: Set<Int32>

    /// Of a file that need not have weights.
    ///
    /// - Throws: when the file has no tokenizer, or one that Bora does not know.
    public init(_ file: ModelFile) throws {
        let read =
            switch file.checkpoint.naming {
            case .gguf: try GGUFTokenizer(file.checkpoint.metadata).made
            case .transformers: try FolderTokenizer(file.checkpoint).made
            }
        tokenizer = read.tokenizer
        endTokens = read.endTokens
    }

    public var vocabularySize: Int { tokenizer.count }

    /// What is odd about the tokenizer and does not stop Bora from using it.
    public var warnings: [String] { tokenizer.warnings.map(\.description) }

    /// The ids of a text as the model would see it.
    ///
    /// - Parameters:
    ///   - parseSpecial: whether the texts of special tokens stand for those tokens.
    ///   - addSpecial: whether beginning and end tokens are added as the model's settings say.
    /// - Throws: when a pattern of the model's `tokenizer.json` takes too long on the text.
    public func encode(
        _ text: String, parseSpecial: Bool = true, addSpecial: Bool = true
    ) throws -> [Int] {
        try tokenizer.encode(text, parsingSpecial: parseSpecial, addingSpecial: addSpecial)
            .map(Int.init)
    }

    /// The text of ids. What is not valid UTF-8 becomes U+FFFD.
    public func decode(_ tokens: [Int]) -> String {
        tokenizer.decode(tokens.lazy.map { Int32(clamping: $0) })
    }

    /// The text of one token, special tokens included, with the space that it may begin with.
    public func piece(_ token: Int) -> String { tokenizer.piece(Int32(clamping: token)) }

    /// Texts of tokens that end an answer even where the files do not say so: many name one end
    /// token of the several that their model uses.
    static let endTexts: Set<String> = [
        "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>",
        "<|return|>", "<|call|>", "<end_of_turn>", "<turn|>", "<end_of_utterance>", "<EOT>",
        "[EOT]", "[EOS]",
    ]
}

/// A tokenizer of a kind that Bora does not have.
struct UnsupportedTokenizer: DescribedError {
    let file: String
    let model: String

    var category: ErrorCategory { .unsupported }
    var identifier: String { "tokenizer.unsupported" }

    var description: String {
        "\(file): the tokenizer '\(model)' is of a kind that Bora does not read; it reads "
            + "byte-level BPE ('gpt2'), Gemma 4's BPE ('gemma4'), SentencePiece's BPE ('llama') "
            + "and unigram model ('t5'), and WordPiece ('bert'). Use another model"
    }
}
