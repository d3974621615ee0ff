import BoraCore

/// A manual map: how many layers go on each GPU, dealt in the order given; the rest go on the CPU.
/// It fixes the layers only.
package struct DeviceLayers: Codable, Equatable, Sendable {
    package struct Entry: Codable, Equatable, Sendable {
        package let device: DeviceID
        package let layers: Int
    }

    /// Each device at most once.
    package let entries: [Entry]

    /// Reads `16` (sixteen layers on GPU 0; `0` for no GPU at all) or `ORD:NUM;…`, each ORD an
    /// ordinal among the GPUs in use.
    package init(parsing text: String, devices: [DeviceID]) throws(DeviceLayersError) {
        entries = try DeviceLayersReader(text: text, devices: devices).entries()
    }

    /// Whether a map that was read from a file is one that can be given as text.
    var isSound: Bool {
        entries.allSatisfy { (0...DeviceLayersReader.mostLayers).contains($0.layers) }
            && Set(entries.map(\.device)).count == entries.count
    }

    /// The device of each of a model's `layers` layers.
    package func layerDevices(of layers: Int) -> [DeviceID] {
        var devices: [DeviceID] = []
        for entry in entries {
            let count = min(entry.layers, layers - devices.count)
            devices += Array(repeating: entry.device, count: count)
        }
        return devices + Array(repeating: .cpu, count: layers - devices.count)
    }

    /// How many layers more than the model's `layers` are asked for.
    package func excess(over layers: Int) -> Int {
        max(0, entries.reduce(0) { $0 + $1.layers } - layers)
    }
}

/// Reads a manual map's text.
private struct DeviceLayersReader {
    static let mostLayers = 1 << 30

    let text: String
    let devices: [DeviceID]

    func entries() throws(DeviceLayersError) -> [DeviceLayers.Entry] {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
            .map { String($0.filter { $0 != " " }) }
        if parts.count == 1, let part = parts.first, !part.isEmpty, !part.contains(":") {
            let layers = try number(part[...], in: part)
            return layers == 0 ? [] : [try entry(0, layers, in: part)]
        }
        var entries: [DeviceLayers.Entry] = []
        for part in parts {
            guard !part.isEmpty else { throw error(.empty, part) }
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 2 else { throw error(.malformed, part) }
            let new = try entry(
                number(fields[0], in: part), number(fields[1], in: part), in: part)
            guard !entries.contains(where: { $0.device == new.device }) else {
                throw error(.repeatedOrdinal, part)
            }
            entries.append(new)
        }
        return entries
    }

    private func entry(
        _ ordinal: Int, _ layers: Int, in part: String
    ) throws(DeviceLayersError) -> DeviceLayers.Entry {
        guard devices.contains(.gpu(ordinal)) else { throw error(.unknownOrdinal, part) }
        return DeviceLayers.Entry(device: .gpu(ordinal), layers: layers)
    }

    private func number(_ digits: Substring, in part: String) throws(DeviceLayersError) -> Int {
        // `Int` would take a sign.
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else {
            throw error(.malformed, part)
        }
        guard let number = Int(digits), number <= Self.mostLayers else {
            throw error(.tooLarge, part)
        }
        return number
    }

    private func error(_ code: DeviceLayersError.Code, _ part: String) -> DeviceLayersError {
        DeviceLayersError(code, entry: part, text: text, devices: devices)
    }
}

/// A manual map that cannot be read, or names a GPU that is not there.
package struct DeviceLayersError: DescribedError {
    package enum Code: String, Sendable {
        case empty
        case malformed
        case tooLarge
        case repeatedOrdinal
        case unknownOrdinal
    }

    package let code: Code
    /// The entry that is wrong, as it was given.
    package let entry: String
    private let text: String
    private let devices: [DeviceID]

    fileprivate init(_ code: Code, entry: String, text: String, devices: [DeviceID]) {
        self.code = code
        self.entry = entry
        self.text = text
        self.devices = devices
    }

    package var category: ErrorCategory { .wrongUsage }
    package var identifier: String { "deviceLayers.\(code.rawValue)" }

    package var description: String {
        let problem =
            switch code {
            case .empty: "an entry is empty"
            case .malformed: "the entry '\(entry)' is no number of layers"
            case .tooLarge: "the entry '\(entry)' holds a number that is too large"
            case .repeatedOrdinal: "the entry '\(entry)' names a GPU for the second time"
            case .unknownOrdinal: "the entry '\(entry)' is for a GPU that is not there"
            }
        return "device layers '\(text)': \(problem); give a number of layers for GPU 0, or "
            + "ORDINAL:LAYERS for each GPU, as 0:16;1:16. The devices in use are \(devices.list)"
    }
}
