import BoraCore

/// Bars that show what the budget and reserve of each device go to:
///
///     gpu[0]  ██████████▓▓▒·····░░  40.0 MiB
///     cpu     █▓▒···············░░  15.2 GiB
///             █ weights  ▓ KV cache  ▒ workspace and overhead  · free  ░ reserve
struct DeviceBars {
    /// A shorter bar shows nothing.
    private static let shortest = 20
    private static let longest = 60

    /// Empty where the terminal is too narrow.
    let lines: [String]

    /// - Parameter width: columns of the terminal.
    init(_ bills: [DeviceBill], width: Int) {
        let names = bills.map(\.device.description)
        let sizes = bills.map { ByteCount($0.budget + $0.reserve).description }
        let nameWidth = names.map(\.count).max() ?? 0
        let sizeWidth = sizes.map(\.count).max() ?? 0
        // Two spaces in front, and between the columns.
        let room = min(Self.longest, width - nameWidth - sizeWidth - 6)
        let legend = "█ weights  ▓ KV cache  ▒ workspace and overhead  · free  ░ reserve"
        guard room >= Self.shortest, nameWidth + 4 + legend.count <= width else {
            lines = []
            return
        }
        lines =
            bills.indices.map { index in
                "  \(names[index].padded(to: nameWidth))  \(Self.bar(bills[index], room))  "
                    + sizes[index].padded(leading: sizeWidth)
            } + [String(repeating: " ", count: nameWidth + 4) + legend]
    }

    /// What is there at all has a cell, as far as there are cells; the sum is exact.
    private static func bar(_ bill: DeviceBill, _ width: Int) -> String {
        let parts: [(Character, Int)] = [
            ("█", bill.weights), ("▓", bill.kv), ("▒", bill.workspace + bill.overhead),
            ("·", max(0, bill.free)), ("░", bill.reserve),
        ]
        let total = Double(max(1, parts.reduce(0) { $0 + $1.1 }))
        var cells = parts.map { _, bytes in
            bytes > 0 ? max(1, Int((Double(bytes) / total * Double(width)).rounded())) : 0
        }
        // Rounding is settled with the largest part, which shows it least.
        while let largest = cells.indices.max(by: { cells[$0] < cells[$1] }),
            cells.reduce(0, +) != width
        {
            cells[largest] += cells.reduce(0, +) < width ? 1 : -1
        }
        return zip(parts, cells).map { part, count in
            String(repeating: part.0, count: count)
        }.joined()
    }
}
