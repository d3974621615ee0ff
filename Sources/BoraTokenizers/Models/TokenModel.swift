/// How words become tokens: byte-pair encoding, a unigram language model or longest pieces first.
/// A word is written in the vocabulary's own characters.
protocol TokenModel: Sendable {
    /// Appends the tokens of words, which are ranges of UTF-8.
    func encode(_ text: [UInt8], _ words: [Range<Int>], into tokens: inout [Int32])
}
