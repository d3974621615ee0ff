/// GPT-2's writing of bytes as visible characters: printable bytes stand for themselves, the
/// others, in order, for U+0100 and up (`bytes_to_unicode` in OpenAI's gpt-2 `encoder.py`).
struct ByteAlphabet {
    /// The byte that a character stands for, by its code point; `none` where no byte is written
    /// so.
    private let bytes: [Int16]

    private static let none: Int16 = -1

    init() {
        var bytes = [Int16](repeating: Self.none, count: 0x144)
        var unprintable = 0x100
        for byte in UInt8.min...UInt8.max {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                bytes[Int(byte)] = Int16(byte)
            default:
                bytes[unprintable] = Int16(byte)
                unprintable += 1
            }
        }
        self.bytes = bytes
    }

    /// Appends the bytes that a piece, given in UTF-8, stands for. A piece with a character
    /// outside the alphabet stands for itself, as in Hugging Face's `ByteLevel` decoder.
    func append(_ piece: Span<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        var lead: UInt8 = 0
        for index in piece.indices {
            let unit = piece[index]
            guard unit < 0xC0 else {
                lead = unit
                continue
            }
            // The alphabet ends below U+0144: two bytes of UTF-8. A longer sequence begins with
            // 0xE0 or more, which gives a point beyond the table.
            let point = unit < 0x80 ? Int(unit) : Int(lead & 0x3F) << 6 | Int(unit & 0x3F)
            guard point < bytes.count, bytes[point] != Self.none else {
                output.removeSubrange(start...)
                for index in piece.indices { output.append(piece[index]) }
                return
            }
            output.append(UInt8(truncatingIfNeeded: bytes[point]))
        }
    }
}
