import BoraCore

/// The weight formats as their specification has them, written for clarity and on its own:
/// random blocks, and the numbers they stand for.
/// (https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h)
enum FormatReference {
    /// Random but ordinary blocks of `elements` numbers.
    static func bytes(
        _ type: ElementType, elements: Int, using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        (0..<elements / type.blockElements).flatMap { _ in block(type, using: &generator) }
    }

    /// The numbers that stored bytes stand for.
    static func numbers(_ type: ElementType, _ bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count, by: type.blockBytes).flatMap {
            numbers(type, block: bytes[$0..<$0 + type.blockBytes])
        }
    }

    static func half(_ low: UInt8, _ high: UInt8) -> Float {
        let bits = UInt16(high) << 8 | UInt16(low)
        let magnitude: Double
        let fraction = Double(bits & 0x3FF)
        switch bits >> 10 & 31 {
        case 0: magnitude = fraction * 0x1p-24
        case 31: magnitude = fraction == 0 ? .infinity : .nan
        case let exponent:
            let power = Double(sign: .plus, exponent: Int(exponent) - 15, significand: 1)
            magnitude = (1 + fraction / 1024) * power
        }
        return Float(bits >> 15 == 0 ? magnitude : -magnitude)
    }

    private static func block(
        _ type: ElementType, using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        func random(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        // ± 0.004 … 0.03 as f16: an ordinary scale.
        func scale() -> [UInt8] {
            let sign: UInt8 = Bool.random(using: &generator) ? 0x80 : 0
            return [
                UInt8.random(in: 0...255, using: &generator),
                UInt8.random(in: 0x1C...0x27, using: &generator) | sign,
            ]
        }
        switch type {
        case .f32:
            let bits = Float.random(in: -1...1, using: &generator).bitPattern
            return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
        case .f16:
            return [
                UInt8.random(in: 0...255, using: &generator),
                UInt8.random(in: 0...0x3B, using: &generator)
                    | (Bool.random(using: &generator) ? 0x80 : 0),
            ]
        case .bf16:
            let bits = Float.random(in: -1...1, using: &generator).bitPattern
            return [UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 24)]
        case .q8_0: return scale() + random(32)
        case .q4_0, .iq4_NL: return scale() + random(16)
        case .q4_1: return scale() + scale() + random(16)
        case .q5_0: return scale() + random(20)
        case .q5_1: return scale() + scale() + random(20)
        case .q2_K: return random(80) + scale() + scale()
        case .q3_K: return random(108) + scale()
        case .q4_K: return scale() + scale() + random(140)
        case .q5_K: return scale() + scale() + random(172)
        case .q6_K: return random(208) + scale()
        case .iq4_XS: return scale() + random(134)
        }
    }

    private static func numbers(_ type: ElementType, block: ArraySlice<UInt8>) -> [Float] {
        let b = Array(block)
        switch type {
        case .f32:
            return [Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(b[$1]) << (8 * UInt32($1)) })]
        case .f16: return [half(b[0], b[1])]
        case .bf16: return [Float(bitPattern: UInt32(b[1]) << 24 | UInt32(b[0]) << 16)]
        case .q8_0: return (0..<32).map { half(b[0], b[1]) * Float(Int8(bitPattern: b[2 + $0])) }
        case .q4_0:
            return (0..<32).map { i in
                let nibble = i < 16 ? b[2 + i] & 15 : b[2 + i - 16] >> 4
                return half(b[0], b[1]) * Float(Int(nibble) - 8)
            }
        case .q4_1:
            return (0..<32).map { i in
                let nibble = i < 16 ? b[4 + i] & 15 : b[4 + i - 16] >> 4
                return half(b[0], b[1]) * Float(nibble) + half(b[2], b[3])
            }
        case .q5_0: return (0..<32).map { half(b[0], b[1]) * Float(five(b[2...], $0) - 16) }
        case .q5_1:
            return (0..<32).map {
                half(b[0], b[1]) * Float(five(b[4...], $0)) + half(b[2], b[3])
            }
        case .q2_K: return (0..<256).map { q2K(b, $0) }
        case .q3_K: return (0..<256).map { q3K(b, $0) }
        case .q4_K: return (0..<256).map { q4K(b, $0) }
        case .q5_K: return (0..<256).map { q5K(b, $0) }
        case .q6_K: return (0..<256).map { q6K(b, $0) }
        case .iq4_NL: return (0..<32).map { half(b[0], b[1]) * fourBitValue(b[2...], $0) }
        case .iq4_XS: return (0..<256).map { iq4XS(b, $0) }
        }
    }

    /// Number `i` of 32, of five bits: the highest in the first four bytes, one after another, the
    /// others in the 16 after them.
    private static func five(_ bytes: ArraySlice<UInt8>, _ i: Int) -> Int {
        let b = Array(bytes)
        let high = b[i / 8] >> UInt8(i % 8) & 1
        let low = i < 16 ? b[4 + i] & 15 : b[4 + i - 16] >> 4
        return Int(high) * 16 + Int(low)
    }

    /// Number `i` of 32, of which 16 bytes hold the places in the table of IQ4.
    private static func fourBitValue(_ bytes: ArraySlice<UInt8>, _ i: Int) -> Float {
        let table: [Float] = [
            -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
        ]
        let byte = bytes[bytes.startIndex + i % 16]
        return table[Int(i < 16 ? byte & 15 : byte >> 4)]
    }

    /// The two bits of number `i` of 256: bytes 0 to 31 hold numbers 0 to 31 in their lowest bits,
    /// 32 to 63 above them, and so on to 127; the next 32 bytes the other half.
    private static func two(_ bytes: ArraySlice<UInt8>, _ i: Int) -> Int {
        let byte = bytes[bytes.startIndex + (i < 128 ? 0 : 32) + i % 32]
        return Int(byte >> UInt8(2 * (i % 128 / 32)) & 3)
    }

    private static func q2K(_ b: [UInt8], _ i: Int) -> Float {
        let scale = half(b[80], b[81]) * Float(b[i / 16] & 15)
        let minimum = half(b[82], b[83]) * Float(b[i / 16] >> 4)
        return scale * Float(two(b[16..<80], i)) - minimum
    }

    /// Scales are 6 bits: four low ones in the nibbles of 8 bytes, first the low nibbles of all;
    /// two high ones in 4 bytes, first the lowest of all.
    private static func q3K(_ b: [UInt8], _ i: Int) -> Float {
        let group = i / 16
        let low = group < 8 ? b[96 + group] & 15 : b[96 + group - 8] >> 4
        let high = b[104 + group % 4] >> UInt8(2 * (group / 4)) & 3
        let scale = half(b[108], b[109]) * Float(Int(high << 4 | low) - 32)
        // A bit that is not set takes 4 away.
        let third = b[i % 32] >> UInt8(i / 32) & 1
        return scale * Float(two(b[32..<96], i) - (third == 1 ? 0 : 4))
    }

    private static func iq4XS(_ b: [UInt8], _ i: Int) -> Float {
        let sub = i / 32
        let low = sub % 2 == 0 ? b[4 + sub / 2] & 15 : b[4 + sub / 2] >> 4
        let high = (UInt16(b[3]) << 8 | UInt16(b[2])) >> UInt16(2 * sub) & 3
        let scale = half(b[0], b[1]) * Float(Int(high) * 16 + Int(low) - 32)
        return scale * fourBitValue(b[(8 + 16 * sub)...], i % 32)
    }

    private static func q4K(_ b: [UInt8], _ i: Int) -> Float {
        let byte = b[16 + i / 64 * 32 + i % 32]
        let (scale, minimum) = scaleAndMinimum(b, i / 32)
        return scale * Float(i / 32 % 2 == 0 ? byte & 15 : byte >> 4) - minimum
    }

    private static func q5K(_ b: [UInt8], _ i: Int) -> Float {
        let byte = b[48 + i / 64 * 32 + i % 32]
        let fifth = b[16 + i % 32] >> UInt8(i / 32) & 1
        let (scale, minimum) = scaleAndMinimum(b, i / 32)
        return scale * Float((i / 32 % 2 == 0 ? byte & 15 : byte >> 4) | fifth << 4) - minimum
    }

    /// Those of sub-block `sub` of Q4_K and Q5_K.
    private static func scaleAndMinimum(_ b: [UInt8], _ sub: Int) -> (Float, Float) {
        let scale: UInt8
        let minimum: UInt8
        if sub < 4 {
            scale = b[4 + sub] & 63
            minimum = b[8 + sub] & 63
        } else {
            scale = b[8 + sub] & 15 | (b[sub] >> 6) << 4
            minimum = b[8 + sub] >> 4 | (b[4 + sub] >> 6) << 4
        }
        return (half(b[0], b[1]) * Float(scale), half(b[2], b[3]) * Float(minimum))
    }

    private static func q6K(_ b: [UInt8], _ i: Int) -> Float {
        let part = i / 128
        let column = i % 32
        let quarter = i % 128 / 32
        let byte = b[64 * part + (quarter % 2 == 1 ? 32 : 0) + column]
        let low = quarter < 2 ? byte & 15 : byte >> 4
        let high = b[128 + 32 * part + column] >> UInt8(2 * quarter) & 3
        let scale = Float(Int8(bitPattern: b[192 + i / 16]))
        return half(b[208], b[209]) * scale * Float(Int(high << 4 | low) - 32)
    }
}
