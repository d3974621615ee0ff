/// Rows of cells with a header, written in columns: those of words flush left, those of numbers
/// behind them flush right.
struct TextTable {
    private var rows: [[String]]
    private let wordColumns: Int

    /// - Parameter words: the columns of words, which come first.
    init(_ header: [String], words: Int = 1) {
        rows = [header]
        wordColumns = words
    }

    mutating func append(_ row: [String]) { rows.append(row) }

    /// Columns apart by two spaces.
    var plain: String {
        lines { cells in cells.joined(separator: "  ") }.joined(separator: "\n")
    }

    /// A table in Markdown.
    var markdown: String {
        var lines = lines { "| " + $0.joined(separator: " | ") + " |" }
        let rule = widths.enumerated().map { column, width in
            String(repeating: "-", count: width + 1) + (column < wordColumns ? "-" : ":")
        }
        lines.insert("|" + rule.joined(separator: "|") + "|", at: 1)
        return lines.joined(separator: "\n")
    }

    /// Comma-separated values; cells with a comma, quote or line break are quoted.
    var csv: String {
        rows.map { row in
            row.map { cell in
                guard cell.contains(where: { ",\"\n".contains($0) }) else { return cell }
                return "\""
                    + cell.split(separator: "\"", omittingEmptySubsequences: false)
                    .joined(separator: "\"\"") + "\""
            }.joined(separator: ",")
        }.joined(separator: "\n")
    }

    private var widths: [Int] {
        rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    }

    private func lines(_ join: ([String]) -> String) -> [String] {
        let widths = widths
        return rows.map { row in
            join(
                row.indices.map { column in
                    let space = String(repeating: " ", count: widths[column] - row[column].count)
                    return column < wordColumns ? row[column] + space : space + row[column]
                })
        }
    }
}

extension Double {
    /// The number with exactly `digits` digits after the point.
    func fixed(_ digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        guard isFinite, magnitude < 1e15 else { return "\(self)" }
        let scaled = Int((magnitude * Double(scale)).rounded())
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(sign)\(scaled / scale).\(zeros)\(fraction)"
    }
}
