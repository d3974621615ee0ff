import BoraTokenizers
import TestSupport
import Testing

@Suite("Encoding")
struct EncodingTests {
    @Test("gives the ids of Hugging Face's tokenizers", arguments: Golden.names)
    func goldens(name: String) throws {
        let golden = try Golden.named(name)
        let tokenizer = try golden.tokenizer
        #expect(golden.ids.count == Golden.texts.count)
        #expect(Golden.texts.count > 350)
        for (text, ids) in zip(Golden.texts, golden.ids) {
            #expect(
                try tokenizer.encode(text, parsingSpecial: true) == ids, "\(text.debugDescription)")
        }
    }

    @Test("keeps every text: decoding gives it back", arguments: Golden.names)
    func roundTrip(name: String) throws {
        let tokenizer = try Golden.named(name).tokenizer
        let seed = Int.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let text = String.random(using: &generator)
            for parsingSpecial in [false, true] {
                let ids = try tokenizer.encode(text, parsingSpecial: parsingSpecial)
                let decoded = tokenizer.decode(ids)
                #expect(Array(decoded.utf8) == Array(text.utf8), "seed \(seed)")
            }
        }
    }

    @Test("takes long words and long runs of anything", arguments: Golden.names)
    func longTexts(name: String) throws {
        let tokenizer = try Golden.named(name).tokenizer
        let seed = Int.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        #if DEBUG
            let million = 20_000  // Sanitized builds are slow.
        #else
            let million = 1_000_000
        #endif
        let letters = (0..<million / 3).map { _ in "etaoinshr".randomElement(using: &generator)! }
        let texts = [
            String(repeating: "a", count: million), String(repeating: " ", count: million),
            String(repeating: " ", count: million) + "x", String(repeating: "\n", count: million),
            String(repeating: " \n", count: million / 2), String(repeating: "=", count: million),
            String(repeating: "1", count: million), String(repeating: "😀", count: million / 4),
            String(repeating: "e\u{301}", count: million / 3), String(letters),
            String(repeating: "<|im_", count: million / 5),
            String(repeating: "'", count: million), String(repeating: "the ", count: million / 4),
        ]
        for text in texts {
            let ids = try tokenizer.encode(text, parsingSpecial: true)
            #expect(tokenizer.decode(ids) == text, "\(text.prefix(8))…, seed \(seed)")
        }
    }

    /// Long words are merged with a queue, short ones without: the ways must agree.
    @Test("merges a word the same way whatever follows it")
    func longWordsLikeShortOnes() throws {
        // Merges stay within `ab` or `cd`, so a long word falls apart where they meet.
        let vocabulary = try Vocabulary.bytes(
            merges: ["b a", "a b", "ab ab", "ba ba", "c d", "abab a", "cd cd"])
        let tokenizer = try Tokenizer(vocabulary, preTokenizer: "gpt-2")
        let seed = Int.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let parts = (0..<20).map { index in
                let letters = index.isMultiple(of: 2) ? "ab" : "cd"
                return String(
                    (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                        letters.randomElement(using: &generator)!
                    })
            }
            let apart = try parts.flatMap { try tokenizer.encode($0) }
            #expect(try tokenizer.encode(parts.joined()) == apart, "seed \(seed)")
        }
    }

    @Test("gives the same from many tasks at once")
    func concurrency() async throws {
        let golden = try Golden.named("tale")
        let tokenizer = try golden.tokenizer
        let results = try await withThrowingTaskGroup(of: [[Int32]].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try Golden.texts.map { try tokenizer.encode($0, parsingSpecial: true) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: golden.ids, count: 8))
    }
}
