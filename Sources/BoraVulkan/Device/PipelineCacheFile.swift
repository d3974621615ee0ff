import BoraCore
import Glibc

/// Compiled pipelines kept on disk between runs, one file per device and driver. A file that is
/// damaged, or another's, is ignored: drivers do not check what they are given.
package struct PipelineCacheFile: Sendable {
    /// In front of the driver's data: these 8 bytes, the data's length and its checksum.
    private static let magic = Array("BORAPIP1".utf8)
    private static let headerBytes = 24
    /// More than this is no cache of Bora's.
    private static let maxBytes = 1 << 28

    /// nil where the user has no cache folder.
    let path: String?

    init(identity: String) {
        path = UserCache.folder.map { "\($0)/pipelines/\(identity)" }
    }

    package init(path: String) { self.path = path }

    /// The driver's data; empty where there is none to be trusted.
    package func read() -> [UInt8] {
        guard let path, let file = try? ByteSource(mapping: path) else { return [] }
        let count = file.count - Self.headerBytes
        guard count > 0, count <= Self.maxBytes, let slice = ByteSlice(file, 0..<file.count)
        else { return [] }
        let bytes = unsafe slice.bytes.withUnsafeBytes { unsafe [UInt8]($0) }
        let data = bytes[Self.headerBytes...]
        guard bytes.prefix(8).elementsEqual(Self.magic),
            Self.number(bytes[8..<16]) == UInt64(count),
            Self.number(bytes[16..<24]) == data.checksum
        else { return [] }
        return Array(data)
    }

    /// Keeps the driver's data. Whatever hinders it costs the next run a compilation, no more.
    package func write(_ data: [UInt8]) {
        guard let path, !data.isEmpty, let folder = FileSystem.parent(of: path) else { return }
        let header =
            Self.magic + Self.bytes(UInt64(data.count)) + Self.bytes(data.checksum)
        let temporary = "\(path).\(getpid()).tmp"
        do {
            try FileSystem.createFolder(folder)
            let file = try OutputFile(at: temporary)
            try file.truncate(to: 0)
            try file.append(header + data)
            try FileSystem.move(temporary, to: path)
        } catch {
            try? FileSystem.remove(temporary)
        }
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
