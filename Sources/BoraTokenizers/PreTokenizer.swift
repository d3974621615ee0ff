/// How text is cut into words before bytes are merged: merges never cross a cut.
///
/// The patterns are those of the models' own `tokenizer.json`, with two changes that keep their
/// meaning. Repetitions are possessive, where giving back could never help, so time is linear and
/// no limit of PCRE2 is reached. White space is spelled out as Unicode's `White_Space` property,
/// as other engines read `\s`; PCRE2 counts U+180E too.
struct PreTokenizer: Sendable {
    /// Each pattern cuts what the one before left.
    private let patterns: [Pattern]
    /// A word that is a token is that token, whatever the merges say.
    let takesWholeWords: Bool
    /// Whether a prompt begins with the beginning-of-sequence token when the model does not say.
    let addsBeginning: Bool

    private init(_ patterns: [String], takesWholeWords: Bool = false, addsBeginning: Bool = false) {
        self.patterns = patterns.map(Pattern.init)
        self.takesWholeWords = takesWholeWords
        self.addsBeginning = addsBeginning
    }

    /// The pre-tokenizer of a name as model files use it (`tokenizer.ggml.pre`).
    static func named(_ name: String) throws(TokenizerError) -> PreTokenizer {
        switch name {
        case "default": return unnamed
        case _ where gpt2Names.contains(name): return gpt2
        case _ where llama3Names.contains(name): return llama3
        case _ where qwen2Names.contains(name): return qwen2
        default:
            let known = (["default"] + gpt2Names + llama3Names + qwen2Names).sorted()
            throw TokenizerError(
                .unknownPreTokenizer,
                "Bora does not know the pre-tokenizer \"\(name)\"; it knows "
                    + "\(known.joined(separator: ", ")). Use a newer Bora or another model")
        }
    }

    /// The words of a range of UTF-8, in order and without gaps.
    func words(of text: [UInt8], in range: Range<Int>) -> [Range<Int>] {
        var words = [range]
        for pattern in patterns {
            var pieces: [Range<Int>] = []
            for word in words { pattern.split(text, word, into: &pieces) }
            words = pieces
        }
        return words
    }

    private static let gpt2Names = ["gpt-2", "exaone4", "phi-2"]
    private static let llama3Names = ["falcon3", "lfm2", "llama-bpe", "llama-v3", "llama3"]
    private static let qwen2Names = ["deepseek-r1-qwen", "megrez", "qwen2"]

    private static let space = #"\p{Z}\t-\r\x{85}"#

    private static let gpt2 = PreTokenizer([gpt2Pattern])

    private static let llama3 = PreTokenizer(
        [gpt4Pattern(digits: "{1,3}+")], takesWholeWords: true, addsBeginning: true)

    private static let qwen2 = PreTokenizer([gpt4Pattern(digits: "")])

    /// What llama.cpp does for a model that names no pre-tokenizer.
    static let unnamed = PreTokenizer([
        #"[\p{P}$+<=>^~|]++"#,
        gpt2Pattern,
        #"\p{N}++"#,
        "[0-9]{3}",
    ])

    /// White space up to the last character, which belongs to the next word; all of it where no
    /// word follows.
    private static let whitespace = #"|[\#(space)]+(?![^\#(space)])|[\#(space)]++"#

    /// GPT-2's pattern (`encoder.py` of OpenAI's gpt-2).
    private static let gpt2Pattern =
        "'(?:s|t|re|ve|m|ll|d)"
        + #"| ?\p{L}++"#
        + #"| ?\p{N}++"#
        + #"| ?[^\#(space)\p{L}\p{N}]++"#
        + whitespace

    /// GPT-4's pattern as Llama 3 and Qwen 2 use it; they differ in how many digits make a word.
    private static func gpt4Pattern(digits: String) -> String {
        "(?i:'(?:s|t|re|ve|m|ll|d))"
            + #"|[^\r\n\p{L}\p{N}]?+\p{L}++"#
            + #"|\p{N}\#(digits)"#
            + #"| ?[^\#(space)\p{L}\p{N}]++[\r\n]*+"#
            // Through the last line break of the white space: `\s*[\r\n]+`, without giving back.
            + #"|(?:[\p{Z}\t\x{B}\x{C}\x{85}]*+[\r\n]++)++"#
            + whitespace
    }
}
