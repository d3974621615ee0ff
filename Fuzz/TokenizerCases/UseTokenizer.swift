import BoraCore
import BoraTokenizers

/// Reads a `tokenizer.json`, tokenizes with it and gives the text of the tokens back. Traps when
/// the tokenizer breaks a promise.
///
/// - Throws: the error by which the file, or a pattern of it, was refused.
package func useTokenizer(of source: ByteSource) throws {
    var settings = Tokenizer.Settings()
    settings.beginning = "<s>"
    settings.end = "</s>"
    settings.addsBeginning = true
    settings.addsEnd = true
    let tokenizer = try Tokenizer(reading: source, settings)
    for text in ["", " ", text] {
        for parsingSpecial in [false, true] {
            let tokens = try tokenizer.encode(text, parsingSpecial: parsingSpecial)
            precondition(tokens.allSatisfy { 0..<Int32(tokenizer.count) ~= $0 }, "no such token")
            let decoded = tokenizer.decode(tokens)
            var stream = StreamingDetokenizer(tokenizer, skippingControl: false)
            let parts = tokens.map { stream.append($0) }.joined() + stream.finish()
            precondition(Array(decoded.utf8) == Array(parts.utf8), "streamed text differs")
        }
    }
}

private let text = """
    Ab a  b\tthe 1234 don't <s>é</s> e\u{301} 你好 가 😀\u{200D}👩 \u{0}\u{FEFF}▁▁a\r\n\n  <0x41>[MASK] \
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!
    """
