import BoraCore

extension DeviceMap {
    /// The map as people of this field know it, and a table of what each device holds:
    ///
    ///     Model has 8 repeating layers.
    ///     Layers 0-7: cpu (23.4 GiB)
    package var report: String { report(width: nil) }

    /// The same with bars, where a terminal is wide enough for them, and with what is expected of
    /// the map.
    ///
    /// - Parameter width: columns of the terminal; nil where it is none.
    package func report(width: Int?) -> String {
        var lines = ["Model has \(layers) repeating layers."]
        for run in layerRuns {
            let bill = bills.first { $0.device == run.device }
            // What is carved out of a device has no reserve, and its budget is all it has.
            let memory = bill.map { $0.reserve == 0 ? $0.budget : $0.memory } ?? 0
            let range =
                run.layers.count == 1
                ? "Layer \(run.layers.lowerBound)"
                : "Layers \(run.layers.lowerBound)-\(run.layers.upperBound - 1)"
            lines.append("\(range): \(run.device) (\(ByteCount(memory)))")
        }
        lines += [""] + deviceTable
        if !sharedPools.isEmpty { lines += [""] + poolTable }
        let bars = width.map { DeviceBars(bills, width: $0).lines } ?? []
        if !bars.isEmpty { lines += [""] + bars }
        let outlook = outlook
        if !outlook.isEmpty { lines += [""] + outlook }
        return lines.joined(separator: "\n")
    }

    /// Consecutive layers of one device.
    package var layerRuns: [(layers: Range<Int>, device: DeviceID)] {
        var runs: [(layers: Range<Int>, device: DeviceID)] = []
        for (layer, device) in layerDevices.enumerated() {
            if let last = runs.last, last.device == device {
                runs[runs.count - 1].layers = last.layers.lowerBound..<layer + 1
            } else {
                runs.append((layer..<layer + 1, device))
            }
        }
        return runs
    }

    /// The predicted times, what is known of drivers, and why the map is as it is.
    private var outlook: [String] { prediction + overheadNotes + reasons }

    /// Whether what drivers take is measured.
    private var overheadNotes: [String] {
        [
            (Inventory.OverheadSource.measured, "measured"),
            (.assumed, "assumed: nothing says what the driver takes"),
        ].compactMap { source, text in
            let devices = bills.filter { $0.device.kind == .gpu && $0.overheadSource == source }
                .map(\.device)
            return devices.isEmpty ? nil : "The overhead of \(devices.list) is \(text)."
        }
    }

    private var prediction: [String] {
        guard let predicted else { return [] }
        let work = policy.expectedWork
        let rate = Double(policy.maxBatchSize) / predicted.tokenSeconds
        return [
            "Expected: \(work.promptTokens) tokens of prompt in "
                + "\(Self.duration(predicted.promptSeconds)), then \(work.generatedTokens) "
                + "generated at \(Self.duration(predicted.tokenSeconds)) each "
                + "(\(rate.formatted(decimals: rate < 100 ? 1 : 0)) tokens/s).",
            Self.comparison(predicted),
        ]
    }

    /// How the map compares with the best that any could be.
    private static func comparison(_ predicted: PredictedTime) -> String {
        let work = duration(predicted.workSeconds)
        guard predicted.gap > 0 else {
            return "No map can do it in less than the \(work) of this one."
        }
        return "No map can do it in less than \(duration(predicted.boundSeconds)); "
            + "this one takes \(work), \(excess(predicted.gap))."
    }

    /// `4.5 % more`, `2.3 times as much`
    private static func excess(_ gap: Double) -> String {
        guard gap >= 1 else { return "\((gap * 100).formatted(decimals: 1)) % more" }
        return "\((1 + gap).formatted(decimals: gap < 8.95 ? 1 : 0)) times as much"
    }

    /// `1.25 s`, `35.2 ms`
    private static func duration(_ seconds: Double) -> String {
        let (value, unit) =
            seconds >= 1
            ? (seconds, "s") : seconds >= 1e-3 ? (seconds * 1e3, "ms") : (seconds * 1e6, "µs")
        let decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        return "\(value.formatted(decimals: decimals)) \(unit)"
    }

    private var deviceTable: [String] {
        let isStaged = bills.contains { $0.staging > 0 }
        let header =
            ["device", "weights", "KV cache", "workspace", "overhead", "total", "reserve", "free"]
            + (isStaged ? ["staging"] : [])
        return Self.table(
            header,
            bills.map { bill in
                let bytes =
                    [bill.weights, bill.kv, bill.workspace, bill.overhead, bill.total]
                    + [bill.reserve, bill.free] + (isStaged ? [bill.staging] : [])
                return (bill.device.description, bytes)
            })
    }

    /// Memories that several devices take from, or staging beside one: their bills say what those
    /// of the devices don't.
    private var sharedPools: [PoolBill] {
        pools.filter { pool in
            !bills.contains { $0.total == pool.total }
        }
    }

    private var poolTable: [String] {
        Self.table(
            ["memory", "total", "budget", "free"],
            sharedPools.map { ($0.name, [$0.total, $0.budget, $0.free]) })
    }

    /// Names flush left, bytes flush right.
    private static func table(
        _ header: [String], _ rows: [(name: String, bytes: [Int])]
    ) -> [String] {
        let cells =
            [header] + rows.map { [$0.name] + $0.bytes.map { ByteCount($0).description } }
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let columns = row.indices.map { column in
                column == 0
                    ? row[column].padded(to: widths[column])
                    : row[column].padded(leading: widths[column])
            }
            return "  " + columns.joined(separator: "  ")
        }
    }
}
