/// Uniform random numbers addressed by position: the n-th depends on the seed and n alone, so a
/// sequence that is preempted, resumed or batched with others draws the same numbers.
///
/// SplitMix64 (Steele, Lea and Flood 2014), whose n-th output is a function of the counter. The
/// seed passes through the same function first, so that neighbouring seeds share no stretch.
package struct DrawSequence: Hashable, Sendable {
    private let start: UInt64

    package init(seed: UInt64) { start = Self.mix(seed) }

    /// The n-th number, in 0 ..< 1 with 53 random bits.
    package subscript(n: Int) -> Double {
        let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15
        let bits = Self.mix(start &+ gamma &* (UInt64(truncatingIfNeeded: n) &+ 1))
        return Double(bits >> 11) * 0x1p-53
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
