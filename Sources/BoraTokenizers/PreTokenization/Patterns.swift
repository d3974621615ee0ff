/// Patterns by which published models cut text into words: those of their own `tokenizer.json`,
/// with two changes that keep their meaning. Repetitions are possessive, where giving back could
/// never help, so time is linear and no limit of PCRE2 is reached. White space is spelled out as
/// Unicode's `White_Space` property, as other engines read `\s`; PCRE2 counts U+180E too.
enum Patterns {
    static let space = #"\p{Z}\t-\r\x{85}"#

    /// White space up to the last character, which belongs to the next word; all of it where no
    /// word follows.
    private static let whitespace = #"|[\#(space)]+(?![^\#(space)])|[\#(space)]++"#
    /// Through the last line break of the white space: `\s*[\r\n]+`, without giving back.
    private static let lineBreaks = #"|(?:[\p{Z}\t\x{B}\x{C}\x{85}]*+[\r\n]++)++"#
    private static let contraction = "(?i:'(?:s|t|re|ve|m|ll|d))"

    /// GPT-2's (`encoder.py` of OpenAI's gpt-2).
    static let gpt2 =
        "'(?:s|t|re|ve|m|ll|d)"
        + #"| ?\p{L}++"#
        + #"| ?\p{N}++"#
        + #"| ?[^\#(space)\p{L}\p{N}]++"#
        + whitespace

    /// GPT-4's and its descendants: Llama 3, Qwen 2 and many more.
    ///
    /// - Parameters:
    ///   - digits: how many make a word.
    ///   - contractions: what is set apart from the word before it.
    static func gpt4(digits: String, contractions: String = contraction + "|") -> String {
        contractions
            + #"[^\r\n\p{L}\p{N}]?+\p{L}++"#
            + #"|\p{N}\#(digits)"#
            + #"| ?[^\#(space)\p{L}\p{N}]++[\r\n]*+"#
            + lineBreaks + whitespace
    }

    /// Qwen 3.5's: marks belong to words.
    static let qwen35 =
        contraction
        + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]++"#
        + #"|\p{N}"#
        + #"| ?[^\#(space)\p{L}\p{M}\p{N}]++[\r\n]*+"#
        + lineBreaks + whitespace

    /// GPT-4o's (`o200k_base`) and its descendants: a capital letter begins a word.
    ///
    /// - Parameters:
    ///   - digits: how many make a word.
    ///   - contractions: what ends a word.
    ///   - breaks: what may follow punctuation.
    ///   - excluding: a condition on every letter.
    ///   - before: alternatives that come first.
    static func gpt4o(
        digits: String, contractions: String = contraction + "?+", breaks: String = #"\r\n/"#,
        excluding: String = "", before: String = ""
    ) -> String {
        let upper = #"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"#
        let lower = #"\p{Ll}\p{Lm}\p{Lo}\p{M}"#
        func letters(_ letters: String, _ count: String) -> String {
            excluding.isEmpty ? "[\(letters)]\(count)" : "(?:\(excluding)[\(letters)])\(count)"
        }
        let prefix = #"[^\r\n\p{L}\p{N}]?"#
        return before
            + prefix + letters(upper, "*") + letters(lower, "++") + contractions
            + "|" + prefix + letters(upper, "++") + letters(lower, "*+") + contractions
            + #"|\p{N}\#(digits)"#
            + #"| ?[^\#(space)\p{L}\p{N}]++[\#(breaks)]*+"#
            + lineBreaks + whitespace
    }

    /// Kimi K2's: Chinese characters are words of their own (`tokenization_kimi.py`).
    static let kimiK2 = gpt4o(
        digits: "{1,3}+", breaks: #"\r\n"#, excluding: #"(?!\p{Han})"#, before: #"\p{Han}++|"#)

    /// DeepSeek V3's main pattern.
    ///
    /// - Parameter breaks: what may follow punctuation, and the alternative for line breaks.
    static func deepSeekV3(breaks: String = #"[\r\n]*+"# + lineBreaks) -> String {
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]++"##
            + #"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]++"#
            + #"| ?[\p{P}\p{S}]++"# + breaks + whitespace
    }

    static let chineseAndKana = #"[\x{4E00}-\x{9FA5}\x{3040}-\x{30FF}]++"#

    /// DeepSeek LLM's letters, which are those with capitals.
    static let casedLetters =
        #"[\#(space)]?["#
        + casedLetterRanges + "]++"

    private static let casedLetterRanges =
        #"A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}"#
        + #"\x{1C4}-\x{293}\x{295}-\x{2AF}\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}"#
        + #"\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}\x{3A3}-\x{3F5}"#
        + #"\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}"#
        + #"\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}"#
        + #"\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}"#
        + #"\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}"#
        + #"\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}"#
        + #"\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}"#
        + #"\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}"#
        + #"\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}"#
        + #"\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}"#
        + #"\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}"#
        + #"\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}"#
        + #"\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}"#
        + #"\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3}"#
        + #"\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}"#
        + #"\x{1E900}-\x{1E943}"#

    static let deepSeekPunctuation =
        #"[\#(space)]?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}"#
        + #"\x{3000}-\x{3002}]++"#

    /// White space that ends the text, without looking at every beginning of a long run.
    static let trailingSpace = #"(?<![\#(space)])[\#(space)]++\z"#

    static let deepSeekChinese = #"[\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]++"#

    /// Bloom's words.
    static let bloom =
        #" ?[^(\#(space)|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]++"#

    /// EXAONE's mixture of experts: words with single spaces between are one.
    static let exaoneMoE =
        contraction
        + #"|[^\r\n\p{L}\p{N}]?+\p{L}\p{M}*+(?: ?\p{L}\p{M}*+)*+"#
        + #"|\p{N}"#
        + #"| ?[^\#(space)\p{L}\p{N}]++[\r\n/]?+"#
        + lineBreaks + whitespace

    /// Bailing's mixture of experts.
    static let bailingMoE = gpt4(digits: "", contractions: "'(?i:[sdmt]|ll|ve|re)|")

    /// Seed Coder's: line breaks do not belong to punctuation.
    static let seedCoder =
        contraction
        + #"|[^\r\n\p{L}\p{N}]?+\p{L}++"#
        + #"|\p{N}"#
        + #"| ?[^\#(space)\p{L}\p{N}\r\n]++"#
        + lineBreaks + whitespace

    /// Jais 2's: white space comes in powers of two.
    static let jais2: String = {
        let runs = [512, 256, 128, 64, 32, 16, 8, 4].map { "{\($0)}" } + ["{1,2}"]
        return contraction
            + #"|[^\r\n\p{L}\p{N}]?+\p{L}++"#
            + #"|\p{N}{1,3}+"#
            + #"| ?[^\#(space)\p{L}\p{N}]++[\r\n]*+"#
            + lineBreaks
            + runs.map { #"|[\#(space)]\#($0)(?![^\#(space)])"# }.joined()
            + #"|[\#(space)]"#
    }()

    /// AFMoE's scripts that are written without spaces.
    static let afmoeScripts =
        #"[\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{F900}-\x{FAFF}\x{3040}-\x{309F}\x{30A0}-\x{30FF}"#
        + #"\x{FF65}-\x{FF9F}\x{2F00}-\x{2FDF}\x{E40}-\x{E7F}\x{E80}-\x{EFF}\x{1780}-\x{17FF}"#
        + #"\x{1000}-\x{109F}\x{AA60}-\x{AA7F}\x{A9E0}-\x{A9FF}\x{AC00}-\x{D7AF}"#
        + #"\x{1100}-\x{11FF}]++"#

    /// Youtu's scripts and punctuation of East Asia.
    static let youtuScripts =
        #"[\x{AC00}-\x{D7A3}\x{3131}-\x{318E}]++"#
        + #"|[\x{FF01}\x{2026}\x{201C}\x{201D}\x{2018}\x{2019}\x{2014}\x{FF1A}\x{FF1B}\x{FF0C}"#
        + #"\x{3001}-\x{303F}\x{FE30}-\x{FE4F}]++"#
        + #"|[\x{3105}-\x{312F}]++|\#(chineseAndKana)"#

    static let lines = #"[^\n]++|\n++"#
}
