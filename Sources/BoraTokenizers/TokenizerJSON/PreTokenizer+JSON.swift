import BoraCore

extension PreTokenizer {
    /// The pre-tokenizer of a `tokenizer.json`.
    init(_ component: JSONComponent) throws(TokenizerError) {
        self.init(try Self.steps(component))
    }

    private static func steps(_ component: JSONComponent) throws(TokenizerError) -> [Step] {
        switch try component.type {
        case "Sequence":
            var steps: [Step] = []
            for part in try component.require("pretokenizers").list {
                steps += try self.steps(part)
            }
            return steps
        case "ByteLevel": return try byteLevel(component)
        case "Metaspace": return [.metaspace(try metaspace(component))]
        case "Split":
            let splitting = Splitting(
                behavior: try behavior(component),
                isInverted: try component.bool("invert", default: false))
            return [try split(component.require("pattern"), splitting)]
        case "Digits":
            let isIndividual = try component.bool("individual_digits", default: false)
            return [
                .split(
                    Pattern(#"\p{N}"#),
                    Splitting(behavior: isIndividual ? .isolated : .contiguous))
            ]
        case "Punctuation":
            return [
                .split(
                    Pattern(punctuation),
                    Splitting(behavior: try behavior(component, default: .isolated)))
            ]
        case "Whitespace":
            return [
                .split(
                    try Patterns.read(#"\w+|[^\w\s]+"#),
                    Splitting(behavior: .removed, isInverted: true))
            ]
        case "WhitespaceSplit":
            return [.split(Pattern("[\(Patterns.space)]"), Splitting(behavior: .removed))]
        case "CharDelimiterSplit":
            let delimiter = try component.string("delimiter")
            return [.split(Pattern(Patterns.quote(delimiter)), Splitting(behavior: .removed))]
        case "BertPreTokenizer": return bertSteps
        default:
            throw try component.unknown(
                "pre-tokenizer",
                [
                    "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "Metaspace",
                    "Punctuation", "Sequence", "Split", "Whitespace", "WhitespaceSplit",
                ])
        }
    }

    private static func byteLevel(_ component: JSONComponent) throws(TokenizerError) -> [Step] {
        let addsSpace = try component.bool("add_prefix_space", default: true)
        let splits = try component.bool("use_regex", default: true)
        // The space goes before the words that are cut.
        return (addsSpace ? [.addSpace] : [])
            + (splits ? [.split(Pattern(Patterns.gpt2), Splitting())] : []) + [.byteLevel]
    }

    private static func metaspace(_ component: JSONComponent) throws(TokenizerError) -> Metaspace {
        let scheme: Metaspace.Prepending
        if let named = component["prepend_scheme"] {
            guard let known = Metaspace.Prepending(rawValue: try named.string) else {
                throw named.error("it is not \"always\", \"first\" or \"never\"")
            }
            scheme = known
        } else {
            scheme = try component.bool("add_prefix_space", default: true) ? .always : .never
        }
        let replacement = try component.require("replacement")
        let text = try replacement.string
        guard text.unicodeScalars.count == 1 else {
            throw replacement.error("it is not a character")
        }
        return Metaspace(
            replacement: Array(text.utf8), prepending: scheme,
            splits: try component.bool("split", default: true))
    }

    private static func behavior(
        _ component: JSONComponent, default fallback: Splitting.Behavior? = nil
    ) throws(TokenizerError) -> Splitting.Behavior {
        if let fallback, component["behavior"] == nil { return fallback }
        let name = try component.require("behavior")
        guard let behavior = Splitting.Behavior(rawValue: try name.string) else {
            throw name.error("it is not a way of splitting")
        }
        return behavior
    }

    private static func split(
        _ pattern: JSONComponent, _ splitting: Splitting
    ) throws(TokenizerError) -> Step {
        if let text = pattern["String"] {
            return .split(Pattern(Patterns.quote(try text.string)), splitting)
        }
        let expression = try pattern.string("Regex")
        if splitting.behavior == .isolated, !splitting.isInverted,
            let groups = Patterns.digitGroups[expression]
        {
            return .digitGroups(groups)
        }
        return .split(try Patterns.read(expression), splitting)
    }
}
