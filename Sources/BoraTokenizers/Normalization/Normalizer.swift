/// A change that text goes through before it is cut into words.
enum Normalizer: Sendable {
    case unicode(UnicodeNormalization.Form)
    case replace(Pattern, with: String)
    case replaceText(String, with: String)
    case prepend(String)
    case strip(left: Bool, right: Bool)
    case stripAccents
    case lowercase
    case byteLevel
    case bert(BERTNormalization)
    case characterMap(CharacterMap)
    case sentencePiece(SentencePieceNormalization)

    /// Applies normalizers, one after the other.
    static func apply(
        _ normalizers: [Normalizer], to text: String
    ) throws(TokenizerError) -> String {
        var normalized = text
        for normalizer in normalizers {
            normalized = try normalizer.normalize(normalized)
            try TokenizerError.checkGrowth(from: text.utf8.count, to: normalized.utf8.count)
        }
        return normalized
    }

    private func normalize(_ text: String) throws(TokenizerError) -> String {
        switch self {
        case .unicode(let form): UnicodeNormalization.shared.normalize(text, to: form)
        case .replace(let pattern, let replacement): try Self.replace(text, pattern, replacement)
        case .replaceText(let old, let new): try Self.replace(text, old, new)
        case .prepend(let prefix): text.isEmpty ? text : prefix + text
        case .strip(let left, let right): Self.strip(text, left: left, right: right)
        case .stripAccents: Self.filter(text) { !$0.isMark }
        case .lowercase: Self.lowercase(text)
        case .byteLevel: Self.writeBytes(text)
        case .bert(let rules): rules.normalize(text)
        case .characterMap(let map): Self.apply(map, to: text)
        case .sentencePiece(let rules): rules.normalize(text)
        }
    }

    private static func replace(
        _ text: String, _ pattern: Pattern, _ replacement: String
    ) throws(TokenizerError) -> String {
        guard !text.isEmpty else { return text }
        let units = Array(text.utf8)
        var output: [UInt8] = []
        var matches: [Range<Int>] = []
        try pattern.search(units, [0..<units.count]) {
            matches.append($0)
        } end: { _ in
        }
        try TokenizerError.checkGrowth(
            from: units.count, to: matches.count * replacement.utf8.count)
        var position = 0
        for match in matches {
            output += units[position..<match.lowerBound]
            output += replacement.utf8
            position = match.upperBound
        }
        output += units[position...]
        return String(decoding: output, as: UTF8.self)
    }

    private static func replace(
        _ text: String, _ old: String, _ new: String
    ) throws(TokenizerError) -> String {
        let units = Array(text.utf8)
        let key = Array(old.utf8)
        guard let first = key.first else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(units.count)
        var position = 0
        while position < units.count {
            if units[position] == first, units[position...].starts(with: key) {
                output += new.utf8
                position += key.count
                try TokenizerError.checkGrowth(from: units.count, to: output.count)
            } else {
                output.append(units[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func strip(_ text: String, left: Bool, right: Bool) -> String {
        var scalars = text.unicodeScalars[...]
        if left { scalars = scalars.drop { $0.properties.isWhitespace } }
        if right {
            while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        }
        return String(scalars)
    }

    private static func filter(_ text: String, _ isKept: (Unicode.Scalar) -> Bool) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter(isKept)))
    }

    /// Each character by itself, as Rust's `char::to_lowercase` has it.
    static func lowercase(_ text: String) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars { output += scalar.properties.lowercaseMapping }
        return output
    }

    private static func writeBytes(_ text: String) -> String {
        var output: [UInt8] = []
        ByteAlphabet.shared.write(Array(text.utf8).span, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// What a short character with its marks becomes as a whole, else what its parts become
    /// (`Precompiled` of Hugging Face's `spm_precompiled`).
    private static func apply(_ map: CharacterMap, to text: String) -> String {
        var output: [UInt8] = []
        for character in text {
            let whole = character.utf8
            if whole.count < 6, let replacement = map.shortestReplacement(whole) {
                output += replacement
                continue
            }
            for scalar in character.unicodeScalars {
                let units = Array(String(scalar).utf8)
                output += map.shortestReplacement(units) ?? units[...]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
