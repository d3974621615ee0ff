/// GPT-2's writing of bytes as visible characters: printable bytes stand for themselves, the
/// others, in order, for U+0100 and up (`bytes_to_unicode` in OpenAI's gpt-2 `encoder.py`).
enum ByteAlphabet {
    /// The byte that a character stands for, by its code point; nil outside the alphabet.
    private static let bytes: [UInt8?] = {
        var table = [UInt8?](repeating: nil, count: 0x144)
        var unprintable = 0x100
        for byte in UInt8.min...UInt8.max {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                table[Int(byte)] = byte
            default:
                table[unprintable] = byte
                unprintable += 1
            }
        }
        return table
    }()

    /// Appends the bytes that a piece stands for. A piece with a character outside the alphabet
    /// stands for its own UTF-8, as in Hugging Face's `ByteLevel` decoder.
    static func append(_ piece: Substring.UTF8View, to bytes: inout [UInt8]) {
        let start = bytes.count
        var lead: UInt8 = 0
        for unit in piece {
            let point: Int
            if unit < 0x80 {
                point = Int(unit)
            } else if unit >= 0xC0 {
                lead = unit
                continue
            } else {
                // The alphabet ends below U+0144: two bytes of UTF-8. A longer sequence's lead is
                // 0xE0 or more, which gives a point outside the table.
                point = Int(lead & 0x3F) << 6 | Int(unit & 0x3F)
            }
            guard point < Self.bytes.count, let byte = Self.bytes[point] else {
                bytes.removeSubrange(start...)
                bytes.append(contentsOf: piece)
                return
            }
            bytes.append(byte)
        }
    }
}
