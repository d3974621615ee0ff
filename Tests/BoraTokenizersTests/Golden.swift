import BoraTokenizers
import FoundationEssentials

/// What Hugging Face's `tokenizers` made of the texts, by `scripts/make_tokenizer_goldens.py`.
struct Golden: Decodable {
    let pre: String
    let pieces: [String]
    let controls: [Int]
    let merges: [String]
    /// Token ids by text.
    let ids: [[Int32]]

    static let names = ["tale", "gpt-2", "qwen2"]
    static let texts: [String] = try! read("texts")

    static func named(_ name: String) throws -> Golden { try read(name) }

    var vocabulary: Vocabulary {
        get throws {
            var types = [Int](repeating: Vocabulary.Kind.normal.rawValue, count: pieces.count)
            for id in controls { types[id] = Vocabulary.Kind.control.rawValue }
            return try Vocabulary(pieces: pieces, types: types, merges: merges)
        }
    }

    /// The tokenizer that made `ids`, which adds nothing.
    var tokenizer: Tokenizer {
        get throws {
            var vocabulary = try vocabulary
            vocabulary.addsBeginning = false
            return try Tokenizer(vocabulary, preTokenizer: pre)
        }
    }

    private static func read<Value: Decodable>(_ name: String) throws -> Value {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let file = folder.appending(path: "Resources/\(name).json")
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
    }
}
