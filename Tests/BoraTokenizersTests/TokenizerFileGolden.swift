import BoraCore
import BoraTokenizers
import FoundationEssentials
import TestSupport
import Testing

/// A small `tokenizer.json` and what Hugging Face's `tokenizers` makes of texts with it, by
/// `scripts/make_tokenizer_json_goldens.py`.
struct TokenizerFileGolden: CustomTestStringConvertible {
    let name: String
    /// The `tokenizer.json`.
    let file: [UInt8]
    /// Token ids by text.
    let ids: [[Int32]]
    /// The text of these ids without special tokens, nil where bytes are no text.
    let decoded: [String?]

    var testDescription: String { name }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Resources/json")

    static let texts = try! value(of: "texts").array!.map { $0.string! }

    static let all: [TokenizerFileGolden] = try! FileManager.default
        .contentsOfDirectory(atPath: folder.path)
        .filter { $0 != "texts.json" }.sorted()
        .map { try TokenizerFileGolden(named: String($0.dropLast(".json".count))) }

    init(named name: String) throws {
        self.name = name
        let value = try Self.value(of: name)
        file = Array(value["tokenizer"]!.text.utf8)
        ids = value["ids"]!.array!.map { $0.array!.map { Int32($0.integer!) } }
        decoded = zip(value["decoded"]!.array!, Self.texts).map { $0.bool == true ? $1 : $0.string }
    }

    func tokenizer() throws -> Tokenizer {
        try Tokenizer(reading: ByteSource(name: "\(name).json", prefix: file, count: file.count))
    }

    private static func value(of name: String) throws -> JSONValue {
        try JSONValue(
            parsing: ByteSource(mapping: folder.appending(path: "\(name).json").path))
    }
}

extension JSONValue {
    /// The value as a document.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): Self.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let object):
            "{"
                + object.members.map { "\(Self.quoted($0.key)):\($0.value.text)" }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case ..<" ":
                "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
