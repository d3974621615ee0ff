/// The ways of cutting text into words that model files name (`tokenizer.ggml.pre`), as llama.cpp
/// reads the names.
struct NamedPreTokenizer {
    /// Each pattern cuts what the one before left.
    let cuts: [Cut]
    /// Which words that are tokens become that token, whatever the merges say.
    var wholeWords = BytePairModel.WholeWords.none
    /// Whether a prompt begins with the beginning-of-sequence token when the model does not say.
    var addsBeginning = false
    /// Whether it does even where the model says it does not.
    var alwaysAddsBeginning = false
    /// Whether the vocabulary is written in `ByteAlphabet`; else in UTF-8 with `▁` for spaces.
    var writesBytes = true

    enum Cut {
        case pattern(String)
        case digitGroups(PreTokenizer.DigitGroups)
    }

    init(_ patterns: String...) {
        cuts = patterns.map(Cut.pattern)
    }

    private init(cuts: [Cut]) {
        self.cuts = cuts
    }

    /// The steps that cut text; writing it in the vocabulary's characters follows them.
    var steps: [PreTokenizer.Step] {
        cuts.map { cut in
            switch cut {
            case .pattern(let pattern): .split(Pattern(pattern), PreTokenizer.Splitting())
            case .digitGroups(let groups): .digitGroups(groups)
            }
        }
    }

    /// The pre-tokenizer of a name.
    static func named(_ name: String) throws(TokenizerError) -> NamedPreTokenizer {
        guard let entry = table.first(where: { $0.names.contains(name) }) else {
            let known = names.sorted().joined(separator: ", ")
            throw TokenizerError(
                .unknownPreTokenizer,
                "Bora does not know the pre-tokenizer \"\(name)\"; it knows \(known). Use a newer "
                    + "Bora or another model")
        }
        return entry.make()
    }

    static var names: Set<String> { Set(table.flatMap(\.names)) }

    /// What llama.cpp does for a model that names no pre-tokenizer.
    static let unnamed = NamedPreTokenizer(
        #"[\p{P}$+<=>^~|]++"#, Patterns.gpt2, #"\p{N}++"#, "[0-9]{3}")

    private static let table: [(names: [String], make: @Sendable () -> NamedPreTokenizer)] = [
        (["default"], { unnamed }),
        (
            [
                "a.x-4.0", "exaone4", "gigachat", "gpt-2", "granite-docling", "jais", "jina-de",
                "jina-es", "jina-v1-en", "jina-v2-code", "jina-v2-de", "jina-v2-es", "mellum",
                "modern-bert", "mpt", "olmo", "phi-2", "roberta-bpe", "trillion",
            ], { NamedPreTokenizer(Patterns.gpt2) }
        ),
        (
            [
                "falcon-h1", "falcon3", "jina-v5-nano", "lfm2", "llama-bpe", "llama-v3", "llama3",
                "midm-2.0", "pixtral",
            ],
            {
                var llama3 = NamedPreTokenizer(Patterns.gpt4(digits: "{1,3}+"))
                llama3.wholeWords = .all
                llama3.addsBeginning = true
                return llama3
            }
        ),
        (
            ["chatglm-bpe", "dbrx", "smaug-bpe"],
            { NamedPreTokenizer(Patterns.gpt4(digits: "{1,3}+")) }
        ),
        (
            ["glm4", "glm5"],
            { NamedPreTokenizer(Patterns.gpt4(digits: "{1,3}+")).takingWholeWords }
        ),
        (
            [
                "deepseek-r1-qwen", "f2llmv2", "grok-2", "hunyuan", "kormo", "megrez", "qwen2",
                "solar-open", "stablelm2",
            ], { NamedPreTokenizer(Patterns.gpt4(digits: "")) }
        ),
        (["qwen35"], { NamedPreTokenizer(Patterns.qwen35) }),
        (["ufakzeka"], { NamedPreTokenizer(Patterns.gpt4(digits: "", contractions: "")) }),
        (
            ["minicpm5"],
            {
                NamedPreTokenizer(#"\p{N}{1,3}+"#, Patterns.gpt4(digits: "++"))
                    .takingWholeWords
            }
        ),
        (["laguna"], { NamedPreTokenizer(Patterns.lines, Patterns.gpt4(digits: "")) }),
        (["jais-2"], { NamedPreTokenizer(Patterns.jais2) }),
        (
            [
                "codeshell", "command-r", "exaone", "mellum2", "minerva-7b", "refact", "smollm",
                "starcoder",
            ], { NamedPreTokenizer(#"\p{N}"#, Patterns.gpt2) }
        ),
        (
            ["falcon"],
            { NamedPreTokenizer(#"[\p{P}$+<=>^~|`]++"#, Patterns.gpt2, "[0-9]{3}") }
        ),
        (
            ["deepseek-llm"],
            {
                NamedPreTokenizer(
                    #"[\r\n]"#, Patterns.casedLetters, Patterns.deepSeekPunctuation,
                    Patterns.trailingSpace, Patterns.deepSeekChinese, #"\p{N}++"#)
            }
        ),
        (
            ["deepseek-coder"],
            {
                NamedPreTokenizer(
                    #"[\r\n]"#, #"[\#(Patterns.space)]?\p{L}++"#, #"[\#(Patterns.space)]?\p{P}++"#,
                    Patterns.deepSeekChinese, #"\p{N}"#)
            }
        ),
        (
            ["deepseek-v3", "hunyuan-dense", "hy_v4", "joyai-llm"],
            {
                NamedPreTokenizer(
                    #"\p{N}{1,3}+"#, Patterns.chineseAndKana, Patterns.deepSeekV3())
            }
        ),
        (
            ["spark2_5"],
            {
                NamedPreTokenizer(
                    #"\p{N}{1,3}+"#, Patterns.chineseAndKana,
                    Patterns.deepSeekV3(breaks: #"|[\r\n]"#), #"\p{N}"#)
            }
        ),
        (
            ["afmoe"],
            {
                NamedPreTokenizer(cuts: [
                    .digitGroups(.numbers), .pattern(Patterns.afmoeScripts),
                    .pattern(Patterns.deepSeekV3()),
                ])
            }
        ),
        (
            ["youtu"],
            {
                NamedPreTokenizer(Patterns.youtuScripts, Patterns.gpt4o(digits: ""))
                    .takingWholeWords
            }
        ),
        (
            ["bloom", "gpt3-finnish", "poro-chat"], { NamedPreTokenizer(Patterns.bloom) }
        ),
        (["viking"], { NamedPreTokenizer(Patterns.bloom, #"\p{N}"#) }),
        (
            ["tekken"],
            {
                var tekken = NamedPreTokenizer(Patterns.gpt4o(digits: "", contractions: ""))
                tekken.wholeWords = .all
                tekken.addsBeginning = true
                return tekken
            }
        ),
        (
            ["gpt-4o", "kanana2", "llama4", "minimax-m2", "talkie"],
            { NamedPreTokenizer(Patterns.gpt4o(digits: "{1,3}+")) }
        ),
        (
            ["granite-embed-multi-97m"],
            { NamedPreTokenizer(Patterns.gpt4o(digits: "{1,3}+")).takingWholeWords }
        ),
        (
            ["cohere2moe", "tiny_aya"],
            {
                NamedPreTokenizer(cuts: [
                    .digitGroups(.digitsStandingAlone),
                    .pattern(Patterns.gpt4o(digits: "{1,3}+")),
                ])
            }
        ),
        (
            ["superbpe"],
            { NamedPreTokenizer(cuts: [.pattern(#"\p{N}++"#), .digitGroups(.digits)]) }
        ),
        (["kimi-k2"], { NamedPreTokenizer(Patterns.kimiK2) }),
        (
            ["bailingmoe", "bailingmoe2", "llada-moe"],
            { NamedPreTokenizer(Patterns.bailingMoE) }
        ),
        (["seed-coder"], { NamedPreTokenizer(Patterns.seedCoder) }),
        (["exaone-moe"], { NamedPreTokenizer(Patterns.exaoneMoE) }),
        (
            ["chameleon"],
            {
                var chameleon = NamedPreTokenizer(
                    "<sentinel:[0-9]++>", "IMGIMG[A-I]{1,4}+Z", "[\t\n]|    |  ", #"\p{N}"#,
                    #"[\p{P}!-/:-@\[-`{-~]"#, Patterns.gpt2)
                chameleon.addsBeginning = true
                return chameleon
            }
        ),
        (
            ["gemma4", "granite-embed-multi-311m"],
            {
                var gemma = NamedPreTokenizer(Patterns.lines)
                gemma.writesBytes = false
                gemma.wholeWords = .lineBreaks
                gemma.alwaysAddsBeginning = true
                return gemma
            }
        ),
        (
            ["sarvam-moe"],
            {
                var sarvam = NamedPreTokenizer(Patterns.lines)
                sarvam.writesBytes = false
                return sarvam
            }
        ),
    ]

    private var takingWholeWords: NamedPreTokenizer {
        var copy = self
        copy.wholeWords = .all
        return copy
    }
}
