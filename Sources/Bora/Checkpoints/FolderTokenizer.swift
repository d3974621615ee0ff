import BoraCore
import BoraFormats
import BoraTokenizers

/// The tokenizer of a folder as `transformers` saves it: `tokenizer.json`, and what the files
/// beside it say about special tokens.
struct FolderTokenizer {
    let made: (tokenizer: Tokenizer, endTokens: Set<Int32>)

    /// - Throws: when there is no tokenizer, or one that Bora does not know.
    init(_ checkpoint: Checkpoint) throws {
        guard let source = checkpoint.companions["tokenizer.json"] else {
            throw MissingTokenizer(model: checkpoint.name)
        }
        func read(_ name: String) throws -> JSONValue? {
            try checkpoint.companions[name].map { try JSONValue(parsing: $0) }
        }
        let configuration = try read("tokenizer_config.json")
        let map = try read("special_tokens_map.json")
        /// A token as a text, or as an object that holds it.
        func text(_ role: String) -> String? {
            [configuration, map].lazy.compactMap { $0?[role] }
                .compactMap { $0.string ?? $0["content"]?.string }.first
        }
        var settings = Tokenizer.Settings()
        settings.beginning = text("bos_token") ?? text("cls_token")
        settings.end = text("eos_token") ?? text("sep_token")
        settings.unknown = text("unk_token")
        settings.padding = text("pad_token")
        settings.addsBeginning = configuration?["add_bos_token"]?.bool ?? false
        settings.addsEnd = configuration?["add_eos_token"]?.bool ?? false
        let tokenizer = try Tokenizer(reading: source, settings)

        var ends = Set([tokenizer.endOfSequence].compactMap { $0 })
        let generation = try read("generation_config.json")?["eos_token_id"]
        for id in (generation?.array ?? [generation].compactMap { $0 }).compactMap(\.integer) {
            ends.insert(Int32(clamping: id))
        }
        let known = ModelTokenizer.endTexts.compactMap(tokenizer.id).filter(tokenizer.isControl)
        made = (tokenizer, ends.union(known))
    }
}

/// A folder without a tokenizer that Bora reads.
struct MissingTokenizer: DescribedError {
    let model: String

    var category: ErrorCategory { .notFound }
    var identifier: String { "tokenizer.missing" }

    var description: String {
        "\(model): there is no tokenizer.json beside the weights. Download it into the same "
            + "folder; where a model has a tokenizer.model alone, transformers makes one of it: "
            + "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
    }
}
