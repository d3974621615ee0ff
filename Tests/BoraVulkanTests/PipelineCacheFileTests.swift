import BoraVulkan
import Foundation
import Testing

@Suite struct PipelineCacheFileTests {
    private let path = NSTemporaryDirectory() + "bora-\(UUID())/pipelines/gpu"

    @Test func whatIsWrittenIsRead() {
        let file = PipelineCacheFile(path: path)
        #expect(file.read() == [])
        file.write([1, 2, 3])
        #expect(file.read() == [1, 2, 3])
        file.write([4])
        #expect(file.read() == [4])
    }

    /// Every byte of a cache counts, and so does its length.
    @Test func aDamagedFileIsIgnored() throws {
        let file = PipelineCacheFile(path: path)
        file.write(Array(0..<100))
        let url = URL(fileURLWithPath: path)
        let whole = try Data(contentsOf: url)
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 0x10
            try damaged.write(to: url)
            #expect(file.read() == [], "byte \(index)")
        }
        for count in [0, 7, 23, 24, whole.count - 1] {
            try whole.prefix(count).write(to: url)
            #expect(file.read() == [], "\(count) bytes")
        }
        try (whole + [0]).write(to: url)
        #expect(file.read() == [])
        try Data(repeating: 7, count: 4096).write(to: url)
        #expect(file.read() == [])
    }

    @Test func aFolderThatCannotBeMadeIsNoError() {
        let file = PipelineCacheFile(path: "/proc/none/pipelines/gpu")
        file.write([1])
        #expect(file.read() == [])
    }
}
