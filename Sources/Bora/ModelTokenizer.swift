/// A model's tokenizer: text to token ids and back.
public struct ModelTokenizer: Sendable {
    /// Of a file that need not have weights.
    public init(_ file: ModelFile) throws { fatalError("not wired yet") }

    public var vocabularySize: Int { fatalError("not wired yet") }

    /// The ids of a text as the model would see it.
    ///
    /// - Parameters:
    ///   - parseSpecial: whether the texts of special tokens stand for those tokens.
    ///   - addBOS: whether to add beginning and end tokens; nil as the model's settings say.
    public func encode(
        _ text: String, parseSpecial: Bool = true, addBOS: Bool? = nil
    ) -> [Int] { fatalError("not wired yet") }

    /// The text of ids. What is not valid UTF-8 becomes U+FFFD.
    public func decode(_ tokens: [Int]) -> String { fatalError("not wired yet") }

    /// The text of one token as it stands in the vocabulary: readable, special tokens included.
    public func piece(_ token: Int) -> String { fatalError("not wired yet") }
}
