/// A number of bytes as people read and write it: `24GiB`, `40 MiB`, `1.5GB`.
package struct ByteCount: Hashable, Sendable, CustomStringConvertible {
    package let bytes: Int

    package init(_ bytes: Int) { self.bytes = bytes }

    /// A smaller number without a unit is one whose unit was forgotten.
    private static let leastWithoutUnit = 1e6

    /// Reads a number with a unit: `B`, binary `KiB … TiB` or decimal `KB … TB`; a bare `K`, `M`,
    /// `G` or `T` is binary, as in the field's other tools. A number alone counts bytes, if it is 0
    /// or a million at least. `nil` for anything else.
    package init?(parsing text: some StringProtocol) {
        let letters = String(text).filter { $0 != " " }
        let digits = letters.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(String(digits)), number.isFinite else { return nil }
        let unit = letters.dropFirst(digits.count).lowercased()
        let factors: [String: Double] = [
            "": 1, "b": 1,
            "k": 0x1p10, "kib": 0x1p10, "m": 0x1p20, "mib": 0x1p20,
            "g": 0x1p30, "gib": 0x1p30, "t": 0x1p40, "tib": 0x1p40,
            "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
        ]
        guard let factor = factors[unit], number * factor < 0x1p62,
            !unit.isEmpty || number == 0 || number >= Self.leastWithoutUnit
        else { return nil }
        bytes = Int((number * factor).rounded())
    }

    /// Binary units, three significant digits: `7.58 MiB`, `24.0 GiB`, `512 B`.
    package var description: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes.magnitude)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let sign = bytes < 0 ? "-" : ""
        guard unit > 0 else { return "\(sign)\(Int(value)) B" }
        let decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        return sign + value.formatted(decimals: decimals) + " " + units[unit]
    }
}

extension Double {
    /// The number with exactly `decimals` digits after the point, without Foundation.
    package func formatted(decimals: Int) -> String {
        guard isFinite, magnitude < 1e15 else { return "\(self)" }
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((magnitude * Double(scale)).rounded())
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(sign)\(scaled / scale).\(zeros)\(fraction)"
    }
}
