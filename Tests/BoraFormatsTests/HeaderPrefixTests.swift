import BoraCore
import BoraFormats
import Testing

/// A header alone describes the model, as fetched from a file elsewhere.
@Suite struct HeaderPrefixTests {
    private let whole: [UInt8]
    private let expected: Checkpoint
    private let headerBytes: Int

    init() throws {
        let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let source = try ByteSource(mapping: folder + "/Resources/everything.gguf")
        whole = (0..<source.count).map { source.bytes.integer(at: $0) }
        expected = try Checkpoint(reading: source)
        headerBytes = try #require(expected.tensors.map { $0.data.range.lowerBound }.min())
    }

    private func checkpoint(knowing count: Int) throws -> Checkpoint {
        try Checkpoint(
            reading: ByteSource(
                name: "remote.gguf", prefix: Array(whole.prefix(count)), count: whole.count))
    }

    @Test func headerIsEnough() throws {
        let checkpoint = try checkpoint(knowing: headerBytes)
        #expect(checkpoint.metadata.keys == expected.metadata.keys)
        #expect(checkpoint.tensors.map(\.name) == expected.tensors.map(\.name))
        #expect(checkpoint.tensors.map(\.data.range) == expected.tensors.map(\.data.range))
        #expect(checkpoint.tensors.allSatisfy { !$0.data.source.isComplete })
    }

    @Test func lessIsTruncated() throws {
        // The header may end in padding, which need not be known.
        for count in stride(from: 4, to: headerBytes - 32, by: 7) {
            #expect {
                _ = try checkpoint(knowing: count)
            } throws: {
                ($0 as? FormatError)?.code == .truncated
            }
        }
    }
}
