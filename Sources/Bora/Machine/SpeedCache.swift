import BoraCore
import BoraDeviceMapping
import BoraDevices
import FoundationEssentials

/// What was measured on this machine, kept in the user's cache folder. A file that is damaged or
/// another version's counts as none; what hinders keeping it costs the next run a measurement.
struct SpeedCache {
    private struct Document: Codable {
        let version: Int
        var results: [String: SpeedMeasurement.Result]
    }

    /// More than this is no file of Bora's.
    private static let maxBytes = 1 << 24

    private let path: String?
    private let results: [String: SpeedMeasurement.Result]

    /// - Parameter folder: nil keeps nothing.
    init(folder: String? = UserCache.folder) {
        path = folder.map { "\($0)/speeds.json" }
        results = path.map(Self.results) ?? [:]
    }

    /// The figures of a device, by what it is and how it is used.
    subscript(key: String) -> SpeedMeasurement.Result? { results[key] }

    /// Keeps the figures of a device beside what the file has by now.
    func keep(_ result: SpeedMeasurement.Result, as key: String) {
        guard let path, let folder = FileSystem.parent(of: path) else { return }
        var results = Self.results(in: path)
        results[key] = result
        let document = Document(version: SpeedMeasurement.version, results: results)
        guard let data = try? JSONEncoder().encode(document) else { return }
        try? FileSystem.createFolder(folder)
        try? FileSystem.write(String(decoding: data, as: UTF8.self), to: path)
    }

    private static func results(in path: String) -> [String: SpeedMeasurement.Result] {
        guard let source = try? ByteSource(mapping: path),
            source.count <= maxBytes, let text = source.bytes.text(),
            let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)),
            document.version == SpeedMeasurement.version
        else { return [:] }
        return document.results.filter(\.value.isPlausible)
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
                speed.segmentOverhead, speed.layerOverhead, transfer.readLatency,
                transfer.writeLatency,
            ] + speed.formats.map(\.rowOverhead)
        return Set(speed.formats.map(\.type)).count == speed.formats.count
            && rates.allSatisfy { $0.isFinite && $0 > 0 }
            && times.allSatisfy { $0.isFinite && $0 >= 0 } && driverBytes.map { $0 >= 0 } != false
    }
}
