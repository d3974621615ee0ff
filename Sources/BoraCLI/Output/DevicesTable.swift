import Bora

/// The devices of a machine as text for people.
struct DevicesTable {
    private let report: MachineReport
    private let showsAll: Bool

    /// - Parameter showsAll: with what GPUs offer, every format's speed, and links.
    init(_ report: MachineReport, showsAll: Bool) {
        self.report = report
        self.showsAll = showsAll
    }

    var text: String {
        var parts = [memory.plain, notes.joined(separator: "\n")]
        if showsAll {
            parts += report.devices.filter { !$0.features.isEmpty }.map(Self.features)
            if report.devices.contains(where: { $0.speeds != nil }) { parts += [speeds.plain] }
            if !report.links.isEmpty { parts.append(links.plain) }
        }
        return parts.joined(separator: "\n\n")
    }

    private var memory: TextTable {
        var table = TextTable(
            ["device", "model", "backend", "cores", "total", "available", "budget"], words: 3)
        for device in report.devices {
            table.append([
                device.name, device.model, device.backend, "\(device.cores)",
                "\(ByteSize(device.totalBytes))", "\(ByteSize(device.availableBytes))",
                device.carvedBytes.map { "\(ByteSize($0))" } ?? "all",
            ])
        }
        return table
    }

    private var notes: [String] {
        let isMeasured = report.devices.allSatisfy { $0.speeds != nil }
        var sources: [String] = []
        for device in report.devices where !sources.contains(device.source) {
            sources.append(device.source)
        }
        let available = sources.map { source in
            let names = report.devices.filter { $0.source == source }.map(\.name)
            return "Available on \(names.joined(separator: ", ")): \(source)."
        }
        let disturbed = report.devices.filter { $0.speeds?.isDisturbed == true }.map(\.name)
        let doubt =
            "The speed of \(disturbed.joined(separator: ", ")) was measured while other programs "
            + "kept the processor busy, and is probably higher; --measure measures again."
        return available + report.remarks
            + (isMeasured ? [] : ["Speeds are not measured; --measure does it."])
            + (disturbed.isEmpty ? [] : [doubt])
    }

    private static func features(of device: MachineReport.Device) -> String {
        var features = device.features.map { ($0.name, $0.value) }
        if let source = device.overheadSource {
            features.append(("overhead", "\(ByteSize(device.overheadBytes)) (\(source))"))
        }
        let width = features.map(\.0.count).max() ?? 0
        let lines = features.map { name, value in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(value)"
        }
        return (["\(device.name), \(device.model):"] + lines).joined(separator: "\n")
    }

    /// Rows of formats, with two columns for each device.
    private var speeds: TextTable {
        let measured = report.devices.compactMap { device in
            device.speeds.map { (name: device.name, speeds: $0) }
        }
        var table = TextTable(
            ["format"] + measured.flatMap { ["\($0.name) reads", "multiplies"] })
        let types = measured.flatMap { $0.speeds.formats.map(\.type) }
        for type in types.enumerated().filter({ types.firstIndex(of: $1) == $0 }).map(\.element) {
            table.append(
                [type]
                    + measured.flatMap { _, speeds in
                        guard let format = speeds.formats.first(where: { $0.type == type }) else {
                            return ["", ""]
                        }
                        return [
                            Self.rate(format.bytesPerSecond, "B/s"),
                            Self.rate(format.operationsPerSecond, "OP/s"),
                        ]
                    })
        }
        table.append(
            ["KV cache"]
                + measured.flatMap { _, speeds in
                    [
                        Self.rate(speeds.cacheBytesPerSecond, "B/s"),
                        Self.rate(speeds.attentionOperationsPerSecond, "OP/s"),
                    ]
                })
        table.append(
            ["KV cache, near"]
                + measured.flatMap { _, speeds in
                    [Self.rate(speeds.nearCacheBytesPerSecond, "B/s"), ""]
                })
        table.append(
            ["KV head, token"]
                + measured.flatMap { _, speeds in [Self.time(speeds.headTokenSeconds), ""] })
        table.append(
            ["segment, layer"]
                + measured.flatMap { _, speeds in
                    [Self.time(speeds.segmentSeconds), Self.time(speeds.layerSeconds)]
                })
        return table
    }

    private var links: TextTable {
        var table = TextTable(["link", "rate", "latency"])
        for link in report.links {
            table.append([
                "\(link.from) to \(link.to)", Self.rate(link.bytesPerSecond, "B/s"),
                Self.time(link.seconds),
            ])
        }
        return table
    }

    /// `17.4 GB/s`
    private static func rate(_ value: Double, _ unit: String) -> String {
        let (scaled, prefix) =
            value >= 1e12
            ? (value / 1e12, "T") : value >= 1e9 ? (value / 1e9, "G") : (value / 1e6, "M")
        return "\(scaled.fixed(scaled < 99.95 ? 1 : 0)) \(prefix)\(unit)"
    }

    private static func time(_ seconds: Double) -> String { "\((seconds * 1e6).fixed(1)) µs" }
}
