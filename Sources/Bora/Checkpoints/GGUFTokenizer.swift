import BoraCore
import BoraFormats
import BoraTokenizers

/// The tokenizer that a GGUF file holds, read as llama.cpp reads it: what files leave out, its
/// defaults say, and what they get wrong, it mends by the tokens' texts.
struct GGUFTokenizer {
    let made: (tokenizer: Tokenizer, endTokens: Set<Int32>)

    private let metadata: Metadata

    /// - Throws: when the file has no tokenizer, or one that Bora does not know.
    init(_ metadata: Metadata) throws {
        self.metadata = metadata
        let model = try metadata.require("tokenizer.ggml.model", as: String.self)
        guard ["gpt2", "gemma4", "llama", "bert", "t5"].contains(model) else {
            throw UnsupportedTokenizer(file: metadata.file, model: model)
        }
        let pieces = try metadata.require("tokenizer.ggml.tokens", as: [String].self)
        let needsMerges = ["gpt2", "gemma4"].contains(model)
        var vocabulary = try Vocabulary(
            pieces: pieces, types: metadata.value("tokenizer.ggml.token_type", default: []),
            scores: metadata.value("tokenizer.ggml.scores", default: []),
            merges: needsMerges ? metadata.require("tokenizer.ggml.merges") : [])
        try Self.readSpecials(of: model, metadata, into: &vocabulary)
        let ids = Self.namedTokens(pieces)
        Self.mendKinds(&vocabulary, ids)
        try Self.setStripping(metadata, &vocabulary, ids)
        let tokenizer = try Tokenizer(vocabulary, Self.algorithm(model, metadata))

        let ends = try ["eos", "eot", "eom"].compactMap { try Self.id($0, metadata) }
        let known = ModelTokenizer.endTexts.compactMap { ids[$0] }.filter(tokenizer.isControl)
        made = (tokenizer, Set(ends).union(known))
    }

    /// Tokens by text, those alone that are written like names: `<|im_end|>`, `[PAD]`.
    private static func namedTokens(_ pieces: [String]) -> [String: Int32] {
        var ids: [String: Int32] = [:]
        for (id, piece) in zip(Int32(0)..., pieces) {
            guard let last = piece.utf8.last, ">][".utf8.contains(last) else { continue }
            if ids[piece] == nil { ids[piece] = id }
        }
        return ids
    }

    private static func id(_ name: String, _ metadata: Metadata) throws -> Int32? {
        try metadata.value("tokenizer.ggml.\(name)_token_id", as: Int.self)
            .map { Int32(clamping: $0) }
    }

    private static func readSpecials(
        of model: String, _ metadata: Metadata, into vocabulary: inout Vocabulary
    ) throws {
        let count = vocabulary.pieces.count
        let defaults: [String: Int32] =
            switch model {
            case "llama": ["bos": 1, "eos": 2, "unknown": 0]
            case "bert": ["bos": 101, "unknown": 100, "seperator": 102, "padding": 0]
            case "t5": ["eos": 1, "unknown": 2, "padding": 0]
            default: [:]
            }
        func id(_ name: String) throws -> Int32? {
            try Self.id(name, metadata) ?? defaults[name].flatMap { Int($0) < count ? $0 : nil }
        }
        vocabulary.beginningOfSequence = try id("bos")
        vocabulary.endOfSequence = try id("eos")
        vocabulary.endOfTurn = try id("eot")
        vocabulary.unknown = try id("unknown")
        // The key is spelled so.
        vocabulary.separator = try id("seperator")
        vocabulary.padding = try id("padding")
        vocabulary.addsBeginning = try metadata.value("tokenizer.ggml.add_bos_token")
        vocabulary.addsEnd = try metadata.value("tokenizer.ggml.add_eos_token")
    }

    private static func algorithm(
        _ model: String, _ metadata: Metadata
    ) throws -> Tokenizer.Algorithm {
        let addsSpace = try metadata.value("tokenizer.ggml.add_space_prefix", default: true)
        switch model {
        case "gpt2":
            return .bytePair(preTokenizer: try metadata.value("tokenizer.ggml.pre"))
        case "gemma4": return .bytePair(preTokenizer: "gemma4")
        case "llama": return .sentencePiece(addsSpace: addsSpace)
        case "bert":
            let lowercases = try metadata.value(
                "tokenizer.ggml.normalizer.lowercase", default: true)
            return .wordPiece(
                lowercases: lowercases,
                stripsAccents: try metadata.value(
                    "tokenizer.ggml.normalizer.strip_accents", default: lowercases))
        default:
            var settings = Tokenizer.SentencePieceSettings()
            settings.addsSpace = addsSpace
            settings.mergesSpaces = try metadata.value(
                "tokenizer.ggml.remove_extra_whitespaces", default: false)
            settings.characterMap = try metadata.value(
                "tokenizer.ggml.precompiled_charsmap", default: [Int]()
            ).map { UInt8(truncatingIfNeeded: $0) }
            return .unigram(settings)
        }
    }

    /// Makes tokens control tokens, and some not, by their texts.
    private static func mendKinds(_ vocabulary: inout Vocabulary, _ ids: [String: Int32]) {
        for text in controlTexts {
            if let id = ids[text] { vocabulary.setKind(.control, of: id) }
        }
        // The parts of gpt-oss's answers are shown.
        for text in ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"] {
            if let id = ids[text] { vocabulary.setKind(.userDefined, of: id) }
        }
        // Gemma 4 has `</s>` for HTML.
        if ids["<|tool_response>"] != nil, let id = ids["</s>"] {
            vocabulary.setKind(.normal, of: id)
        }
    }

    /// Texts of tokens that end an answer or mark places to fill in.
    private static let controlTexts: [String] =
        ModelTokenizer.endTexts + [
            "<|flush|>", "<|calls|>", "</s>", "_<EOT>", "<eos>", "<|tool_response>",
            "<｜end▁of▁sentence｜>", "[e~[", "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>",
            "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>", "<|prefix|>", "<|fim_suffix|>",
            "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>",
            "<|suffix|>", "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>",
            "▁<MID>", "<|code_middle|>", "<|middle|>", "<|fim_pad|>", "<fim-pad>", "<fim_pad>",
            "<PAD>", "[PAD]", "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>",
            "<|file_sep|>",
        ]

    /// Which written tokens take white space with them: the files do not say, their models' names
    /// do.
    private static func setStripping(
        _ metadata: Metadata, _ vocabulary: inout Vocabulary, _ ids: [String: Int32]
    ) throws {
        let name = try metadata.value("general.name", default: "").lowercased()
        let pre = try metadata.value("tokenizer.ggml.pre", default: "")
        let architecture = try metadata.value("general.architecture", default: "")
        if ["jina-v2-de", "jina-v2-es", "jina-v2-code"].contains(pre)
            || ["nomic-bert-moe", "jina-bert-v3"].contains(architecture)
        {
            vocabulary.stripsBefore = Set([ids["<mask>"]].compactMap { $0 })
        } else if name.contains("phi-3") || name.contains("phi3") {
            let written = vocabulary.kinds.indices.filter {
                [.control, .unknown, .userDefined].contains(vocabulary.kinds[$0])
            }
            vocabulary.stripsAfter = Set(written.map { Int32($0) })
                .union([ids["</s>"]].compactMap { $0 })
                .subtracting(["<unk>", "<s>", "<|endoftext|>"].compactMap { ids[$0] })
        } else if name.contains("modern-bert") {
            vocabulary.stripsBefore = Set([ids["[MASK]"]].compactMap { $0 })
        }
    }
}
