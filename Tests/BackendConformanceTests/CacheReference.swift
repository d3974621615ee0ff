import BoraCore

/// What each type of KV cache does to numbers, written for clarity and on its own.
enum CacheReference {
    /// Each number as the cache gives it back. In q8_0, 32 neighbours share a scale: a 127th of the
    /// largest magnitude, in f16.
    static func rounded(_ values: [Float], to type: ElementType) -> [Float] {
        switch type {
        case .f16: return values.map { Float(Float16($0)) }
        case .bf16:
            return values.map { value in
                // The nearest multiple of the unit in the last of 8 places.
                let unit = value.ulp * 0x1p16
                return (value / unit).rounded(.toNearestOrEven) * unit
            }
        case .q8_0:
            return stride(from: 0, to: values.count, by: 32).flatMap { start in
                let block = values[start..<start + 32]
                let scale = Float(Float16(block.map(abs).max()! / 127))
                return block.map { value in
                    let steps = (value / scale).rounded(.toNearestOrEven)
                    return min(max(steps, -127), 127) * scale
                }
            }
        default: return values
        }
    }

    /// Relative error of attention, as the quadratic mean over a tensor, that rounding explains:
    /// a number is off by up to half a unit of 11 or 8 binary places, or of a 127th of the largest
    /// of its block; sums over tokens and elements make it less, sharp scores more.
    static func tolerance(of type: ElementType) -> Double {
        switch type {
        case .f16: 0x1p-11
        case .bf16: 0x1p-8
        case .q8_0: 1.0 / 127
        default: 1e-6
        }
    }
}
