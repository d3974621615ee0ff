/// Regular expressions that `tokenizer.json` files hold.
extension Patterns {
    /// Compiles an expression in Oniguruma's syntax.
    ///
    /// - Throws: when it uses what PCRE2 does not have.
    static func read(_ expression: String) throws(TokenizerError) -> Pattern {
        if let own = published[expression] { return Pattern(own) }
        return try Pattern(PatternTranslator.translate(expression), original: expression)
    }

    /// A pattern that matches a text alone, and nothing where the text is empty.
    static func quote(_ text: String) -> String {
        // Within `\Q…\E` nothing is special but `\E`.
        guard !text.isEmpty else { return "(?!)" }
        return #"\Q"# + text.replacing(#"\E"#, with: #"\E\\E\Q"#) + #"\E"#
    }

    /// Expressions that published models have, and those that take no longer than the text is long.
    private static let published: [String: String] = {
        let words = #"|[^\r\n\p{L}\p{N}]?\p{L}+"#
        let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let suffixes = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
        let upper = #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
        let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
        let slashes = #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let deepSeek =
            ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"##
            + #"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+"#
            + #"|\s+(?!\S)|\s+"#
        return [
            #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: gpt2,
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: gpt2,
            suffixes + words + #"|\p{N}{1,3}"# + rest: gpt4(digits: "{1,3}+"),
            suffixes + words + #"|\p{N}"# + rest: gpt4(digits: ""),
            suffixes + words + #"|\p{N}+"# + rest: gpt4(digits: "++"),
            suffixes + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"#
                + #"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#: qwen35,
            upper + "*" + lower + "+" + suffixes + "?|" + upper + "+" + lower + "*" + suffixes
                + #"?|\p{N}{1,3}"# + slashes: gpt4o(digits: "{1,3}+"),
            upper + "*" + lower + "+|" + upper + "+" + lower + #"*|\p{N}"# + slashes:
                gpt4o(digits: "", contractions: ""),
            deepSeek: deepSeekV3(),
            // Where it fails at the beginning of a run, it fails all along it.
            #"\s+$"#: #"(?<![\#(space)])[\#(space)]+$"#,
        ]
    }()

    /// Expressions that cut runs of digits into threes from the right.
    static let digitGroups: [String: PreTokenizer.DigitGroups] = [
        #"(?=(\d{3})+(?!\d))"#: .digits,
        #"\d{1,3}(?=(?:\d{3})*\b)"#: .digitsStandingAlone,
    ]
}
