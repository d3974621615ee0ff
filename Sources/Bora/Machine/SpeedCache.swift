import BoraCore
import BoraDeviceMapping
import BoraDevices
import FoundationEssentials

/// What was measured on this machine, kept in the user's cache folder. A file that is damaged or
/// another version's counts as none; what hinders keeping it costs the next run a measurement.
struct SpeedCache {
    struct Entry: Codable {
        let result: SpeedMeasurement.Result
        /// Seconds since 1970.
        fileprivate let date: Double

        /// Whether to measure again: what other programs disturbed soon, all else now and then.
        var isDue: Bool {
            let lifetime =
                result.speed.isDisturbed ? SpeedCache.disturbedLifetime : SpeedCache.lifetime
            // A date in the future is a clock's that was wrong.
            return !(0...lifetime).contains(Date().timeIntervalSince1970 - date)
        }
    }

    private struct Document: Codable {
        let version: Int
        var entries: [String: Entry]
    }

    /// Seconds: thirty days, and ten minutes.
    private static let lifetime = 2_592_000.0
    private static let disturbedLifetime = 600.0
    /// More than this is no file of Bora's.
    private static let maxBytes = 1 << 24

    private let path: String?
    private let entries: [String: Entry]

    /// - Parameter folder: nil keeps nothing.
    init(folder: String? = UserCache.folder) {
        path = folder.map { "\($0)/speeds.json" }
        entries = path.map(Self.entries) ?? [:]
    }

    /// The figures of a device, by what it is and how it is used.
    subscript(key: String) -> Entry? { entries[key] }

    /// Keeps the figures of a device beside what the file has by now.
    func keep(_ result: SpeedMeasurement.Result, as key: String) {
        guard let path, let folder = FileSystem.parent(of: path) else { return }
        var entries = Self.entries(in: path)
        entries[key] = Entry(result: result, date: Date().timeIntervalSince1970)
        let document = Document(version: SpeedMeasurement.version, entries: entries)
        guard let data = try? JSONEncoder().encode(document) else { return }
        try? FileSystem.createFolder(folder)
        try? FileSystem.write(String(decoding: data, as: UTF8.self), to: path)
    }

    private static func entries(in path: String) -> [String: Entry] {
        guard let source = try? ByteSource(mapping: path),
            source.count <= maxBytes, let text = source.bytes.text(),
            let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)),
            document.version == SpeedMeasurement.version
        else { return [:] }
        return document.entries.filter(\.value.result.isPlausible)
    }
}

extension SpeedMeasurement.Result {
    /// Whether every rate is positive and every time is one: what a plan can be made by.
    fileprivate var isPlausible: Bool {
        let rates =
            speed.formats.flatMap { [$0.bytesPerSecond, $0.operationsPerSecond] } + [
                speed.cacheBytesPerSecond, speed.nearCacheBytesPerSecond,
                speed.attentionOperationsPerSecond,
                transfer.readBytesPerSecond, transfer.writeBytesPerSecond,
            ]
        let times =
            [
                speed.segmentOverhead, speed.layerOverhead, speed.headTokenOverhead, speed.waiting,
                transfer.readLatency, transfer.writeLatency,
            ] + speed.formats.map(\.rowOverhead)
        return Set(speed.formats.map(\.type)).count == speed.formats.count
            && rates.allSatisfy { $0.isFinite && $0 > 0 }
            && times.allSatisfy { $0.isFinite && $0 >= 0 } && driverBytes.map { $0 >= 0 } != false
    }
}
