import BoraCore

/// What a prompt begins and ends with, by the post-processor of a `tokenizer.json`, of which the
/// part for a single text matters.
struct PostProcessor {
    private(set) var prefix: [Int32] = []
    private(set) var suffix: [Int32] = []
    /// Whether it says anything about it.
    private(set) var isSilent = true

    /// - Parameter count: tokens of the vocabulary.
    init(_ component: JSONComponent, tokenCount count: Int) throws(TokenizerError) {
        switch try component.type {
        case "Sequence":
            for part in try component.require("processors").list {
                let inner = try PostProcessor(part, tokenCount: count)
                prefix = inner.prefix + prefix
                suffix += inner.suffix
                isSilent = isSilent && inner.isSilent
            }
        case "ByteLevel": break
        case "BertProcessing", "RobertaProcessing":
            isSilent = false
            prefix = [try Self.named(component.require("cls"), count)]
            suffix = [try Self.named(component.require("sep"), count)]
        case "TemplateProcessing":
            isSilent = false
            try readTemplate(component, count)
        default:
            throw try component.unknown(
                "post-processor",
                [
                    "BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence",
                    "TemplateProcessing",
                ])
        }
    }

    /// The id of `["[CLS]", 101]`.
    private static func named(
        _ component: JSONComponent, _ count: Int
    ) throws(TokenizerError) -> Int32 {
        let pair = try component.list
        guard pair.count == 2 else { throw component.error("it is not a token and its id") }
        return try pair[1].token(below: count)
    }

    private mutating func readTemplate(
        _ component: JSONComponent, _ count: Int
    ) throws(TokenizerError) {
        let specials = try component.require("special_tokens")
        var isBefore = true
        for part in try component.require("single").list {
            guard let special = part["SpecialToken"] else {
                guard part["Sequence"] != nil, isBefore else {
                    throw part.error("a template has the text once and special tokens around it")
                }
                isBefore = false
                continue
            }
            let entry = try specials.require(special.string("id"))
            for id in try entry.require("ids").list {
                if isBefore {
                    prefix.append(try id.token(below: count))
                } else {
                    suffix.append(try id.token(below: count))
                }
            }
        }
    }
}
