import BoraCore
import BoraFormats
import FormatCases
import FoundationEssentials
import TestSupport
import Testing

/// What the fuzz targets ever found, their corpora, and random damage to a valid file: each is read
/// or refused, and never ends the process.
@Suite struct FuzzReplayTests {
    private static let targets: [(name: String, read: @Sendable (ByteSource) throws -> Void)] = [
        ("GGUF", FormatCase.readGGUF), ("Safetensors", FormatCase.readSafetensors),
        ("SafetensorsIndex", FormatCase.readSafetensorsIndex),
        ("Configuration", FormatCase.readConfiguration),
    ]

    @Test(arguments: targets.indices) func replay(_ target: Int) throws {
        let (name, read) = Self.targets[target]
        let inputs = try FuzzInputs.all(of: name)
        #expect(!inputs.isEmpty)
        for input in inputs { try readOrRefuse(input, read) }
    }

    /// Up to eight bytes of the reference file's headers, changed at random.
    @Test func randomDamage() throws {
        let seed = Int.random(in: 0 ... .max)
        print("FuzzReplayTests.randomDamage: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let valid = try [UInt8](Data(contentsOf: URL(filePath: Resource.path("everything.gguf"))))
        for _ in 0..<2_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<2_048, using: &random)
                bytes[index] = UInt8.random(in: 0 ... .max, using: &random)
            }
            try readOrRefuse(.temporary(bytes), FormatCase.readGGUF)
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
            try readOrRefuse(
                .temporary(Array("GGUF\u{3}\0\0\0".utf8) + bytes), FormatCase.readGGUF)
        }
    }

    private func readOrRefuse(
        _ source: ByteSource, _ read: (ByteSource) throws -> Void
    ) throws {
        do {
            try read(source)
        } catch let error as FormatError {
            #expect(!error.description.isEmpty)
        }
    }
}
