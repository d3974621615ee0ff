import BoraCore

extension DeviceMap {
    /// The map as people of this field know it, and a table of what each device holds:
    ///
    ///     Model has 8 repeating layers.
    ///     Layers 0-7: cpu (23.4 GiB)
    package var report: String {
        var lines = ["Model has \(layers) repeating layers."]
        for run in layerRuns {
            let memory = bills.first { $0.device == run.device }?.memory ?? 0
            let range =
                run.layers.count == 1
                ? "Layer \(run.layers.lowerBound)"
                : "Layers \(run.layers.lowerBound)-\(run.layers.upperBound - 1)"
            lines.append("\(range): \(run.device) (\(ByteCount(memory)))")
        }
        return (lines + [""] + table).joined(separator: "\n")
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

    private var table: [String] {
        let header = [
            "device", "weights", "KV cache", "workspace", "overhead", "total", "reserve", "free",
        ]
        let rows = bills.map { bill in
            [bill.device.description]
                + [
                    bill.weights, bill.kv, bill.workspace, bill.overhead, bill.total, bill.reserve,
                    bill.free,
                ].map { ByteCount($0).description }
        }
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([header] + rows).map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                column == 0 ? cell.0.padded(to: cell.1) : cell.0.padded(leading: cell.1)
            }
            return "  " + cells.joined(separator: "  ")
        }
    }
}
