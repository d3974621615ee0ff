import BoraCore
import BoraFormats
import BoraTokenizers

/// A model's tokenizer: text to token ids and back.
public struct ModelTokenizer: Sendable {
    let tokenizer: Tokenizer
    /// Tokens that end an answer.
    let endTokens: Set<Int32>

    /// Of a file that need not have weights.
    ///
    /// - Throws: when the file has no tokenizer, or one that Bora does not know.
    public init(_ file: ModelFile) throws {
        let metadata = file.checkpoint.metadata
        func id(_ name: String) throws -> Int32? {
            try metadata.value("tokenizer.ggml.\(name)_token_id", as: Int.self)
                .map { Int32(clamping: $0) }
        }
        let model = try metadata.require("tokenizer.ggml.model", as: String.self)
        guard model == "gpt2" else {
            throw UnsupportedTokenizer(file: file.name, model: model)
        }
        let pieces = try metadata.require("tokenizer.ggml.tokens", as: [String].self)
        var vocabulary = try Vocabulary(
            pieces: pieces,
            types: metadata.value("tokenizer.ggml.token_type", default: []),
            merges: metadata.require("tokenizer.ggml.merges"))
        vocabulary.beginningOfSequence = try id("bos")
        vocabulary.endOfSequence = try id("eos")
        vocabulary.endOfTurn = try id("eot")
        vocabulary.unknown = try id("unknown")
        vocabulary.padding = try id("padding")
        vocabulary.addsBeginning = try metadata.value("tokenizer.ggml.add_bos_token")
        vocabulary.addsEnd = try metadata.value("tokenizer.ggml.add_eos_token", default: false)
        tokenizer = try Tokenizer(
            vocabulary, preTokenizer: metadata.value("tokenizer.ggml.pre"))

        let ends = try [id("eos"), id("eot"), id("eom")].compactMap { $0 }
        let known = pieces.indices.lazy.map { Int32($0) }.filter {
            Self.endTexts.contains(pieces[Int($0)])
        }
        endTokens = Set(ends).union(known.filter(tokenizer.isControl))
    }

    /// Control tokens that end an answer even where the file does not say so: many files name one
    /// end token of the several that their model uses.
    private static let endTexts: Set<String> = [
        "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>",
    ]

    public var vocabularySize: Int { tokenizer.count }

    /// What is odd about the tokenizer and does not stop Bora from using it.
    public var warnings: [String] { tokenizer.warnings.map(\.description) }

    /// The ids of a text as the model would see it.
    ///
    /// - Parameters:
    ///   - parseSpecial: whether the texts of special tokens stand for those tokens.
    ///   - addSpecial: whether beginning and end tokens are added as the model's settings say.
    public func encode(
        _ text: String, parseSpecial: Bool = true, addSpecial: Bool = true
    ) -> [Int] {
        tokenizer.encode(text, parsingSpecial: parseSpecial, addingSpecial: addSpecial)
            .map(Int.init)
    }

    /// The text of ids. What is not valid UTF-8 becomes U+FFFD.
    public func decode(_ tokens: [Int]) -> String {
        tokenizer.decode(tokens.lazy.map { Int32(clamping: $0) })
    }

    /// The text of one token, special tokens included.
    public func piece(_ token: Int) -> String { decode([token]) }
}

/// A tokenizer of a kind that Bora does not have.
struct UnsupportedTokenizer: DescribedError {
    let file: String
    let model: String

    var category: ErrorCategory { .unsupported }
    var identifier: String { "tokenizer.unsupported" }

    var description: String {
        "\(file): the tokenizer '\(model)' is of a kind that Bora does not read yet; it reads "
            + "byte-level BPE ('gpt2')"
    }
}
