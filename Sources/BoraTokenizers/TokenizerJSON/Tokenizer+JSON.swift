import BoraCore

/// Tokenizers of `tokenizer.json`, the format of Hugging Face's `tokenizers` (0.23).
///
/// `truncation` and `padding`, which are for training and batches, are not followed.
extension Tokenizer {
    /// What the files beside `tokenizer.json` say.
    package struct Settings: Sendable {
        /// The texts of special tokens.
        package var beginning, end, unknown, padding: String?
        /// Whether prompts begin or end with them, where the post-processor does not say.
        package var addsBeginning = false
        package var addsEnd = false

        package init() {}
    }

    /// Reads a `tokenizer.json`.
    ///
    /// - Throws: `JSONError` when it is not JSON; `TokenizerError` when it does not describe a
    ///   tokenizer, or one that Bora does not have.
    package init(reading source: ByteSource, _ settings: Settings = Settings()) throws {
        let document = JSONComponent(
            value: try JSONValue(parsing: source), path: "", file: source.name)
        try self.init(document, settings)
    }

    private init(_ document: JSONComponent, _ settings: Settings) throws(TokenizerError) {
        let model = try document.require("model")
        let added = try AddedToken.read(document["added_tokens"])
        let entries = try VocabularyEntries(model, added)
        let vocabulary = entries.vocabulary
        let pieces = PieceTable(vocabulary)
        let isWritten = Set(added.map(\.id))
        var parts = Parts(
            kinds: vocabulary.kinds,
            model: try ModelReader(model, entries, pieces, vocabulary).model, pieces: pieces,
            text: try TokenText(document["decoder"], pieces: vocabulary.pieces) {
                isWritten.contains($0)
            })
        if let normalizer = document["normalizer"] {
            parts.normalizers = try Normalizer.read(normalizer)
        }
        if let preTokenizer = document["pre_tokenizer"] {
            parts.preTokenizer = try PreTokenizer(preTokenizer)
        }
        parts.writtenTokens = WrittenTokens(added.filter { !$0.isNormalized }.map(\.entry))
        var normalized: [WrittenTokens.Entry] = []
        for token in added where token.isNormalized {
            normalized.append(
                token.entry(text: try Normalizer.apply(parts.normalizers, to: token.text)))
        }
        parts.normalizedTokens = WrittenTokens(normalized)

        func id(_ text: String?) -> Int32? { text.flatMap { pieces.find($0.utf8Span.span) } }
        parts.specials = SpecialTokens(
            beginning: id(settings.beginning), end: id(settings.end), endOfTurn: nil,
            unknown: id(settings.unknown) ?? entries.unknown, padding: id(settings.padding))
        if let component = document["post_processor"] {
            let processor = try PostProcessor(component, tokenCount: pieces.count)
            (parts.prefix, parts.suffix) = (processor.prefix, processor.suffix)
            if processor.isSilent { parts.add(settings) }
        } else {
            parts.add(settings)
        }
        self.init(parts)
    }
}

extension Tokenizer.Parts {
    fileprivate mutating func add(_ settings: Tokenizer.Settings) {
        if settings.addsBeginning { prefix = [specials.beginning].compactMap { $0 } }
        if settings.addsEnd { suffix = [specials.end].compactMap { $0 } }
    }
}
