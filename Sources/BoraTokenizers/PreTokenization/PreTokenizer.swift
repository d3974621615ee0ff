/// How text is cut into words before they become tokens, which never cross a cut, and how words
/// are written in the vocabulary's characters.
struct PreTokenizer: Sendable {
    /// What is done, one after the other, to the words that the step before left.
    enum Step: Sendable {
        case split(Pattern, Splitting)
        /// Puts a space before words that do not begin with one.
        case addSpace
        /// Writes bytes in `ByteAlphabet`.
        case byteLevel
        /// Writes spaces as another character.
        case metaspace(Metaspace)
        /// Cuts runs of digits into threes from the right, as in 1,234,567.
        case digitGroups(DigitGroups)
    }

    /// What becomes of the matches of a pattern and of what lies between them.
    struct Splitting: Sendable {
        enum Behavior: String, Sendable {
            case removed = "Removed"
            case isolated = "Isolated"
            case mergedWithPrevious = "MergedWithPrevious"
            case mergedWithNext = "MergedWithNext"
            case contiguous = "Contiguous"
        }

        var behavior = Behavior.isolated
        /// Whether what lies between matches is taken for matches, and matches for the rest.
        var isInverted = false
    }

    struct Metaspace: Sendable {
        /// Which words get a space before them when they have none.
        enum Prepending: String, Sendable {
            case always, first, never
        }

        let replacement: [UInt8]
        let prepending: Prepending
        /// Whether words are cut before each space.
        let splits: Bool
    }

    enum DigitGroups: Sendable {
        /// Of `\d`.
        case digits
        /// Of `\d`, but for runs that a letter follows.
        case digitsStandingAlone
        /// Of `\p{N}`.
        case numbers
    }

    let steps: [Step]

    init(_ steps: [Step]) {
        self.steps = steps
    }

    /// Cuts a range of text into words.
    ///
    /// - Parameter isFirst: whether the range begins where the whole text does.
    func words(
        of text: [UInt8], in range: Range<Int>, isFirst: Bool
    ) throws(TokenizerError) -> Words {
        var words = Words(text: text, ranges: [range], first: isFirst ? range.lowerBound : nil)
        for step in steps {
            switch step {
            case .split(let pattern, let splitting): try words.split(pattern, splitting)
            case .addSpace: words.addSpaces()
            case .byteLevel: words.writeBytes()
            case .metaspace(let metaspace): words.writeSpaces(metaspace)
            case .digitGroups(let groups): words.groupDigits(groups)
            }
            try TokenizerError.checkGrowth(from: text.count, to: words.text.count)
        }
        return words
    }

    /// BERT's: words between white space, punctuation by itself.
    static let bertSteps: [Step] = [
        .split(Pattern("[\(Patterns.space)]++"), Splitting(behavior: .removed)),
        .split(Pattern(punctuation), Splitting()),
    ]

    /// Unicode's punctuation and ASCII's symbols.
    static let punctuation = #"[\p{P}!-/:-@\[-`{-~]"#
}
