import BoraTokenizers

extension Vocabulary {
    /// A small vocabulary: the printable ASCII characters, the space (`Ġ`) and the line break
    /// (`Ċ`), then what `merges` make, then `others`, which have kinds of their own.
    static func bytes(
        merges: [String] = [], others: [(String, Kind)] = []
    ) throws -> Vocabulary {
        var pieces = (UInt8(0x21)...0x7E).map { String(UnicodeScalar($0)) } + ["Ġ", "Ċ"]
        pieces += merges.map { $0.replacing(" ", with: "") }
        let types = [Int](repeating: Kind.normal.rawValue, count: pieces.count)
        return try Vocabulary(
            pieces: pieces + others.map(\.0), types: types + others.map(\.1.rawValue),
            merges: merges)
    }

    func id(_ piece: String) -> Int32 { Int32(pieces.lastIndex(of: piece)!) }
}

extension String {
    /// Up to 40 characters from all over Unicode, ASCII among them.
    static func random(using generator: inout some RandomNumberGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            let limits: [UInt32] = [0x7F, 0x7F, 0x250, 0x2FFF, 0xFFFF, 0x10FFFF]
            let limit = limits.randomElement(using: &generator)!
            let point = UInt32.random(in: 0...limit, using: &generator)
            if let scalar = UnicodeScalar(point) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
