/// An entry of `added_tokens`.
struct AddedToken {
    let id: Int
    let text: String
    let isSpecial: Bool
    /// Whether it is looked for in text that is normalized.
    let isNormalized: Bool
    private let stripsBefore, stripsAfter, isWord: Bool

    static func read(_ component: JSONComponent?) throws(TokenizerError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        for entry in try component?.list ?? [] { tokens.append(try AddedToken(entry)) }
        return tokens
    }

    private init(_ component: JSONComponent) throws(TokenizerError) {
        id = try component.integer("id")
        text = try component.string("content")
        isSpecial = try component.bool("special", default: false)
        isNormalized = try component.bool("normalized", default: !isSpecial)
        stripsBefore = try component.bool("lstrip", default: false)
        stripsAfter = try component.bool("rstrip", default: false)
        isWord = try component.bool("single_word", default: false)
        guard 0..<Vocabulary.largest ~= id else { throw component.error("its id is not one") }
    }

    var entry: WrittenTokens.Entry { entry(text: text) }

    func entry(text: String) -> WrittenTokens.Entry {
        WrittenTokens.Entry(
            token: Int32(id), text: Array(text.utf8), isSpecial: isSpecial,
            stripsBefore: stripsBefore, stripsAfter: stripsAfter, isWord: isWord)
    }
}
