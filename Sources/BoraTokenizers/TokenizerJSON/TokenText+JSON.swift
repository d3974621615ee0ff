import BoraCore

extension TokenText {
    /// What a decoder of `tokenizer.json` does to each token's piece, one after the other.
    private enum Step {
        case byteLevel
        case byteFallback
        case replace(String, with: String)
        /// Loses up to a number of copies of a character at the piece's ends.
        case strip(Character, start: Int, stop: Int)
        /// Stands apart from the token before, unless the piece begins with a prefix, which it
        /// loses.
        case wordPiece(prefix: String, cleansUp: Bool)
    }

    private struct Decoder {
        var steps: [Step] = []
        var beginning = Beginning.losesSpaces(0)
        /// Whether what follows works on the text as a whole.
        var isFused = false
    }

    /// What tokens add to the text by the decoder of a `tokenizer.json`.
    ///
    /// - Parameters:
    ///   - component: nil where the file has no decoder: tokens stand apart.
    ///   - isWritten: whether a token stands for its own text.
    init(
        _ component: JSONComponent?, pieces: [String], isWritten: (Int) -> Bool
    ) throws(TokenizerError) {
        var decoder = Decoder()
        if let component {
            try Self.read(component, into: &decoder)
        } else {
            decoder.steps = [.wordPiece(prefix: "", cleansUp: false)]
            decoder.beginning = .losesSpaces(1)
        }
        let written = decoder.steps.filter { step in
            switch step {
            case .byteLevel, .byteFallback: false
            default: true
            }
        }
        try self.init(count: pieces.count, beginning: decoder.beginning) {
            token throws(TokenizerError) in
            let steps = isWritten(Int(token)) ? written : decoder.steps
            return try Self.apply(steps, to: pieces[Int(token)])
        }
    }

    private static func apply(
        _ steps: [Step], to piece: String
    ) throws(TokenizerError) -> [UInt8] {
        var text = piece
        for step in steps {
            switch step {
            case .byteLevel: return ByteAlphabet.shared.read(text.utf8)
            case .byteFallback:
                if let byte = byte(text) { return [byte] }
            case .replace(let old, let new): text = text.replacing(old, with: new)
            case .strip(let character, let start, let stop):
                let beginning = min(text.prefix { $0 == character }.count, start)
                text = String(text.dropFirst(beginning))
                let end = min(text.reversed().prefix { $0 == character }.count, stop)
                text = String(text.dropLast(end))
            case .wordPiece(let prefix, let cleansUp):
                text =
                    !prefix.isEmpty && text.hasPrefix(prefix)
                    ? String(text.dropFirst(prefix.count)) : " " + text
                if cleansUp { text = cleanedUp(text) }
            }
            try TokenizerError.checkGrowth(from: piece.utf8.count, to: text.utf8.count)
        }
        return Array(text.utf8)
    }

    /// English punctuation and contractions without the space before them, as Hugging Face's
    /// `WordPiece` decoder does it.
    private static func cleanedUp(_ text: String) -> String {
        let changes = [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
            (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ]
        return changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    private static func read(
        _ component: JSONComponent, into decoder: inout Decoder
    ) throws(TokenizerError) {
        switch try component.type {
        case "Sequence":
            for part in try component.require("decoders").list { try read(part, into: &decoder) }
        case "ByteLevel": decoder.steps.append(.byteLevel)
        case "ByteFallback": decoder.steps.append(.byteFallback)
        case "Fuse": decoder.isFused = true
        case "Metaspace":
            let scheme = try component.string("prepend_scheme", default: "always")
            let adds = try component.bool("add_prefix_space", default: true)
            decoder.steps.append(.replace(try component.string("replacement"), with: " "))
            if scheme != "never", adds { decoder.beginning = .losesFirstSpaces }
        case "Replace":
            let pattern = try component.require("pattern")
            decoder.steps.append(
                .replace(try pattern.string("String"), with: try component.string("content")))
        case "Strip": try readStrip(component, into: &decoder)
        case "WordPiece":
            decoder.steps.append(
                .wordPiece(
                    prefix: try component.string("prefix", default: "##"),
                    cleansUp: try component.bool("cleanup", default: true)))
            decoder.beginning = .losesSpaces(1)
        default:
            throw try component.unknown(
                "decoder",
                [
                    "ByteFallback", "ByteLevel", "Fuse", "Metaspace", "Replace", "Sequence",
                    "Strip", "WordPiece",
                ])
        }
    }

    private static func readStrip(
        _ component: JSONComponent, into decoder: inout Decoder
    ) throws(TokenizerError) {
        let content = try component.string("content")
        let start = max(try component.integer("start", default: 0), 0)
        let stop = max(try component.integer("stop", default: 0), 0)
        guard content.count == 1, let character = content.first else {
            throw component.error("what it strips is not a character")
        }
        guard decoder.isFused else {
            decoder.steps.append(.strip(character, start: start, stop: stop))
            return
        }
        // Text that is given out as it comes cannot lose its end.
        guard character == " ", stop == 0 else {
            throw TokenizerError(
                .unknownComponent,
                "\(component.file), \(component.path): Bora strips spaces where a text begins, and "
                    + "nothing else of a whole text. Use another model")
        }
        decoder.beginning = .losesSpaces(start)
    }
}
