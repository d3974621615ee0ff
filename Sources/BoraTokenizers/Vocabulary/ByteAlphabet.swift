/// GPT-2's writing of bytes as visible characters: printable bytes stand for themselves, the
/// others, in order, for U+0100 and up (`bytes_to_unicode` in OpenAI's gpt-2 `encoder.py`).
struct ByteAlphabet: Sendable {
    /// The byte that a character stands for, by its code point; `none` where no byte is written
    /// so.
    private let bytes: [Int16]
    /// The two bytes of UTF-8 that each byte is written in; the second is 0 where one is enough.
    private let characters: [(UInt8, UInt8)]

    private static let none: Int16 = -1

    static let shared = ByteAlphabet()

    private init() {
        var bytes = [Int16](repeating: Self.none, count: 0x144)
        var characters: [(UInt8, UInt8)] = []
        var unprintable = 0x100
        for byte in UInt8.min...UInt8.max {
            var point = Int(byte)
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: break
            default:
                point = unprintable
                unprintable += 1
            }
            bytes[point] = Int16(byte)
            characters.append(
                point < 0x80
                    ? (UInt8(point), 0) : (UInt8(0xC0 | point >> 6), UInt8(0x80 | point & 0x3F)))
        }
        self.bytes = bytes
        self.characters = characters
    }

    /// Appends the characters that bytes are written in, in UTF-8.
    func write(_ text: Span<UInt8>, to output: inout [UInt8]) {
        for index in text.indices {
            let (first, second) = characters[Int(text[index])]
            output.append(first)
            if second != 0 { output.append(second) }
        }
    }

    /// The character that a byte is written in, in UTF-8.
    func character(of byte: UInt8) -> [UInt8] {
        let (first, second) = characters[Int(byte)]
        return second == 0 ? [first] : [first, second]
    }

    /// The bytes that a piece, given in UTF-8, stands for. A piece with a character outside the
    /// alphabet stands for itself, as in Hugging Face's `ByteLevel` decoder.
    func read(_ piece: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        var lead: UInt8 = 0
        for unit in piece {
            guard unit < 0xC0 else {
                lead = unit
                continue
            }
            // The alphabet ends below U+0144: two bytes of UTF-8. A longer sequence begins with
            // 0xE0 or more, which gives a point beyond the table.
            let point = unit < 0x80 ? Int(unit) : Int(lead & 0x3F) << 6 | Int(unit & 0x3F)
            guard point < bytes.count, bytes[point] != Self.none else { return Array(piece) }
            output.append(UInt8(truncatingIfNeeded: bytes[point]))
        }
        return output
    }
}
