import BoraCore

/// Reads the model of a `tokenizer.json`.
struct ModelReader {
    let model: any TokenModel

    init(
        _ component: JSONComponent, _ entries: VocabularyEntries, _ pieces: PieceTable,
        _ vocabulary: Vocabulary
    ) throws(TokenizerError) {
        let usesBytes = try component.bool("byte_fallback", default: false)
        switch entries.type {
        case "Unigram":
            model = UnigramModel(
                pieces, scores: entries.scores,
                fallback: Fallback(
                    pieces, unknown: entries.unknown, usesBytes: usesBytes, fusesUnknown: true),
                isUsed: { _ in true }, isRanked: { _ in true })
        case "WordPiece":
            guard let unknown = entries.unknown else {
                throw component.error("a WordPiece model needs an unk_token")
            }
            model = WordPieceModel(
                pieces: pieces, unknown: unknown, beginning: [],
                continuation: Array(
                    try component.string("continuing_subword_prefix", default: "##").utf8),
                longestWord: try component.integer("max_input_chars_per_word", default: 100))
        default:
            if let dropout = component["dropout"], dropout.value.number != 0 {
                throw TokenizerError(
                    .unknownComponent,
                    "\(component.file), \(dropout.path): Bora does not drop merges at random, "
                        + "which is for training. Remove the setting")
            }
            let prefix = try component.string("continuing_subword_prefix", default: "")
            model = BytePairModel(
                pieces, kinds: vocabulary.kinds,
                rules: .merges(try MergeTable(vocabulary.merges, pieces, prefix: prefix)),
                fallback: Fallback(
                    pieces, unknown: entries.unknown, usesBytes: usesBytes,
                    fusesUnknown: try component.bool("fuse_unk", default: false)),
                wholeWords: try component.bool("ignore_merges", default: false) ? .all : .none,
                dropsUnknown: entries.unknown == nil && !usesBytes,
                continuation: prefix,
                ending: try component.string("end_of_word_suffix", default: ""))
        }
    }
}
