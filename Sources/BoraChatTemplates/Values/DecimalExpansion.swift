/// All decimal digits of a finite number: a double is a whole number over a power of two, so they
/// end. Rounding them gives what C's `printf` prints, to the last digit.
struct DecimalExpansion {
    /// From the first that is not 0; none for zero.
    private(set) var digits: [UInt8]
    /// How many digits stand before the point; negative when zeros follow it.
    private(set) var point: Int

    /// Bytes to count for the work of one, which the smallest numbers need the most of.
    static let footprint = 2048

    /// Of the number without its sign.
    init(_ number: Double) {
        precondition(number.isFinite)
        let isNormal = number.exponentBitPattern > 0
        let significand = number.significandBitPattern | (isNormal ? 1 << 52 : 0)
        let exponent = max(Int(number.exponentBitPattern), 1) - 1075
        // m × 2^-k is m × 5^k × 10^-k.
        var limbs = [UInt32(truncatingIfNeeded: significand % 1_000_000_000)]
        limbs.append(UInt32(significand / 1_000_000_000))
        // As many factors at once as 31 bits hold.
        let (factor, chunk): (UInt64, Int) = exponent < 0 ? (5, 13) : (2, 30)
        var left = abs(exponent)
        while left > 0 {
            let power = repeatElement(factor, count: min(left, chunk)).reduce(1, *)
            Self.multiply(&limbs, by: power)
            left -= chunk
        }
        let text = limbs.reversed().map { limb in
            let digits = String(limb)
            return String(repeating: "0", count: 9 - digits.count) + digits
        }.joined()
        digits = Array(text.utf8.drop { $0 == UInt8(ascii: "0") }.map { $0 - UInt8(ascii: "0") })
        point = digits.count + min(exponent, 0)
    }

    /// Limbs of nine decimal digits, the lowest first.
    private static func multiply(_ limbs: inout [UInt32], by factor: UInt64) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = UInt64(limbs[index]) * factor + carry
            limbs[index] = UInt32(product % 1_000_000_000)
            carry = product / 1_000_000_000
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    /// Rounds to the nearest number with `count` digits, an even last one when two are as near.
    mutating func round(toDigits count: Int) {
        guard count < digits.count else { return }
        guard count >= 0 else { return digits = [] }
        let next = digits[count]
        let isHalf = next == 5 && digits[(count + 1)...].allSatisfy { $0 == 0 }
        let isOdd = count > 0 && !digits[count - 1].isMultiple(of: 2)
        digits.removeSubrange(count...)
        guard isHalf ? isOdd : next >= 5 else { return }
        var index = count - 1
        while index >= 0, digits[index] == 9 {
            digits[index] = 0
            index -= 1
        }
        if index >= 0 {
            digits[index] += 1
        } else {
            digits.insert(1, at: 0)
            if count > 0 { digits.removeLast() }
            point += 1
        }
    }

    /// The digit of 10^-`place`.
    private func digit(_ place: Int) -> UInt8 {
        let index = point - 1 + place
        return digits.indices.contains(index) ? digits[index] : 0
    }

    /// `123.450`: rounded to some digits after the point.
    func fixed(places: Int) -> String {
        var rounded = self
        rounded.round(toDigits: point + places)
        let whole = rounded.text(min(1 - rounded.point, 0)...0)
        return places > 0 ? "\(whole).\(rounded.text(1...places))" : whole
    }

    private func text(_ places: ClosedRange<Int>) -> String {
        String(decoding: places.map { digit($0) + UInt8(ascii: "0") }, as: UTF8.self)
    }

    /// The digits that `%e` prints, rounded to `places` after the first, and the exponent.
    func scientific(places: Int) -> (digits: String, exponent: Int) {
        guard !digits.isEmpty else { return (String(repeating: "0", count: places + 1), 0) }
        var rounded = self
        rounded.round(toDigits: places + 1)
        let zeros = [UInt8](repeating: 0, count: places + 1 - min(rounded.digits.count, places + 1))
        let all = (rounded.digits + zeros).map { $0 + UInt8(ascii: "0") }
        return (String(decoding: all, as: UTF8.self), rounded.point - 1)
    }
}
