import BoraCore
import BoraFormats
import FormatCases
import FoundationEssentials
import TestSupport
import Testing

/// What the fuzz target ever found, its corpus, and random damage to a valid file: each is read
/// or refused, and never ends the process.
@Suite struct FuzzReplayTests {
    private static let package =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    @Test func replay() throws {
        let inputs = try FuzzInputs.all(of: "GGUF")
        #expect(!inputs.isEmpty)
        for input in inputs { try readOrRefuse(input) }
    }

    /// Up to eight bytes of the reference file's headers, changed at random.
    @Test func randomDamage() throws {
        let seed = Int.random(in: 0 ... .max)
        print("FuzzReplayTests.randomDamage: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let path = "\(Self.package)/Tests/BoraFormatsTests/Resources/everything.gguf"
        let valid = try [UInt8](Data(contentsOf: URL(filePath: path)))
        for _ in 0..<2_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<2_048, using: &random)
                bytes[index] = UInt8.random(in: 0 ... .max, using: &random)
            }
            try readOrRefuse(.temporary(bytes))
        }
    }

    @Test func randomBytes() throws {
        let seed = Int.random(in: 0 ... .max)
        print("FuzzReplayTests.randomBytes: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let count = Int.random(in: 0...512, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            // The right beginning, so that the reader gets past it.
            try readOrRefuse(.temporary(Array("GGUF\u{3}\0\0\0".utf8) + bytes))
        }
    }

    private func readOrRefuse(_ source: ByteSource) throws {
        do throws(FormatError) {
            try readEverything(of: source)
        } catch {
            #expect(!error.description.isEmpty)
        }
    }
}
