import BoraTokenizers
import TestSupport
import Testing

@Suite("Streaming detokenizer")
struct StreamingDetokenizerTests {
    /// A token per byte, with the byte's value as id.
    private static func byteTokenizer() throws -> Tokenizer {
        let pieces = (0...255).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return "<0x" + (digits.count == 1 ? "0" : "") + digits + ">"
        }
        let types = [Int](repeating: Vocabulary.Kind.byte.rawValue, count: 256)
        return try Tokenizer(
            Vocabulary(pieces: pieces, types: types, merges: []), preTokenizer: "gpt-2")
    }

    @Test("gives characters when they are complete")
    func characters() throws {
        var stream = StreamingDetokenizer(try Self.byteTokenizer())
        let given = "aé世😀".utf8.map { stream.append(Int32($0)) }
        #expect(given == ["a", "", "é", "", "", "世", "", "", "", "😀"])
        #expect(stream.finish() == "")
        #expect(stream.append(0xF0) == "")
        #expect(stream.append(0x9F) == "")
        #expect(stream.finish() == "\u{FFFD}")
        #expect(stream.append(0x61) == "a")
    }

    @Test("gives what decoding gives, for any bytes")
    func anyBytes() throws {
        let tokenizer = try Self.byteTokenizer()
        let seed = Int.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        // Leads and continuations at the edges of what is well formed.
        let edges: [UInt8] = [
            0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
            0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF,
        ]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                edges.randomElement(using: &generator)!
            }
            var stream = StreamingDetokenizer(tokenizer)
            let text = bytes.map { stream.append(Int32($0)) }.joined() + stream.finish()
            let expected = String(decoding: bytes, as: UTF8.self)
            #expect(Array(text.utf8) == Array(expected.utf8), "\(bytes), seed \(seed)")
        }
    }

    @Test("gives the same text wherever tokens are cut", arguments: Golden.names)
    func splitPoints(name: String) throws {
        let golden = try Golden.named(name)
        let tokenizer = try golden.tokenizer
        for (text, ids) in zip(Golden.texts, golden.ids) {
            var stream = StreamingDetokenizer(tokenizer, skippingControl: false)
            var given = ""
            for id in ids {
                given += stream.append(id)
                // Never half a character: what was given is a beginning of the text.
                #expect(text.utf8.starts(with: given.utf8))
            }
            #expect(Array((given + stream.finish()).utf8) == Array(text.utf8))
        }
    }
}
