import BoraCore

extension Normalizer {
    /// The normalizers of a `tokenizer.json`, in the order in which they apply.
    static func read(_ component: JSONComponent) throws(TokenizerError) -> [Normalizer] {
        let type = try component.type
        switch type {
        case "Sequence":
            var normalizers: [Normalizer] = []
            for part in try component.require("normalizers").list {
                normalizers += try read(part)
            }
            return normalizers
        case "NFC", "NFD", "NFKC", "NFKD":
            return UnicodeNormalization.Form(rawValue: type).map { [.unicode($0)] } ?? []
        case "Lowercase": return [.lowercase]
        case "StripAccents": return [.stripAccents]
        case "ByteLevel": return [.byteLevel]
        case "Prepend": return [.prepend(try component.string("prepend"))]
        case "Strip":
            return [
                .strip(
                    left: try component.bool("strip_left", default: true),
                    right: try component.bool("strip_right", default: true))
            ]
        case "Replace": return [try replacement(component)]
        case "BertNormalizer":
            let lowercases = try component.bool("lowercase", default: true)
            return [
                .bert(
                    BERTNormalization(
                        cleansText: try component.bool("clean_text", default: true),
                        separatesChinese: try component.bool(
                            "handle_chinese_chars", default: true),
                        stripsAccents: try component.bool("strip_accents", default: lowercases),
                        lowercases: lowercases))
            ]
        case "Precompiled":
            return [.characterMap(try CharacterMap(base64(component)))]
        default:
            throw try component.unknown(
                "normalizer",
                [
                    "BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD",
                    "Precompiled", "Prepend", "Replace", "Sequence", "Strip", "StripAccents",
                ])
        }
    }

    private static func replacement(
        _ component: JSONComponent
    ) throws(TokenizerError) -> Normalizer {
        let pattern = try component.require("pattern")
        let content = try component.string("content")
        if let text = pattern["String"] { return .replaceText(try text.string, with: content) }
        return .replace(try Patterns.read(pattern.string("Regex")), with: content)
    }

    private static func base64(_ component: JSONComponent) throws(TokenizerError) -> [UInt8] {
        let text = try component.require("precompiled_charsmap")
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for unit in try text.string.utf8 where unit != UInt8(ascii: "=") {
            let digit: UInt8
            switch unit {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = unit - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = unit - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = unit + 4
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            default: throw text.error("it is not base64")
            }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}
