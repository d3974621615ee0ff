import BoraCore
import Testing

@Suite struct ByteCountTests {
    @Test(arguments: [
        ("24GiB", 24 << 30), ("40 MiB", 40 << 20), ("1.5GB", 1_500_000_000), ("512 B", 512),
        ("2k", 2048), ("0", 0), ("1000000", 1_000_000), ("536870912", 512 << 20),
    ])
    func parses(text: String, bytes: Int) { #expect(ByteCount(parsing: text)?.bytes == bytes) }

    @Test(arguments: [
        "", "GiB", "-1", "1XB", "1.2.3", "inf", "1e99T", "99999999999TiB", "24", "0.5", "999999",
    ])
    func refuses(text: String) { #expect(ByteCount(parsing: text) == nil) }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "0.98 KiB"), (7_949_536, "7.58 MiB"),
        (24 << 30, "24.0 GiB"), (-(3 << 20), "-3.00 MiB"),
    ])
    func prints(bytes: Int, text: String) { #expect(ByteCount(bytes).description == text) }
}
