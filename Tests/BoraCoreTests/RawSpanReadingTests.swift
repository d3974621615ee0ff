import BoraCore
import Testing

@Suite struct RawSpanReadingTests {
    @Test func integersAreLittleEndianAtAnyOffset() {
        let bytes: [UInt8] = [0xFF, 0x01, 0x02, 0x03, 0x84, 0xFF, 0, 0, 0]
        let span = unsafe bytes.span.bytes
        #expect(span.integer(at: 1, as: UInt32.self) == 0x8403_0201)
        #expect(span.integer(at: 1, as: Int32.self) == Int32(bitPattern: 0x8403_0201))
        #expect(span.integer(at: 3, as: UInt16.self) == 0x8403)
        #expect(span.integer(at: 8, as: Int8.self) == 0)
        #expect(span.integer(at: 1, as: UInt64.self) == 0xFF_8403_0201)
    }

    @Test(arguments: ["", "plain", "Grüße, 世界 🦊", "a\0b"])
    func textIsReadAsItIs(_ text: String) {
        let bytes = Array(text.utf8)
        let read = unsafe bytes.span.bytes.text()
        #expect(read == text)
    }

    /// A stray continuation, a sequence cut short, an overlong one, a surrogate, past U+10FFFF.
    @Test(
        arguments: [
            [0x80], [0xE4, 0xB8], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func invalidTextIsNil(_ bytes: [UInt8]) {
        let read = unsafe bytes.span.bytes.text()
        #expect(read == nil)
    }
}
