/// A shader's push constants, as `std430` lays them out: each value at a multiple of its size.
struct ShaderArguments {
    private(set) var words: [UInt32] = []

    init() { words.reserveCapacity(Dispatch.maxArgumentBytes / 4) }

    mutating func append(_ address: UInt64) {
        pad(toWords: words.count + words.count % 2)
        words.append(UInt32(truncatingIfNeeded: address))
        words.append(UInt32(truncatingIfNeeded: address >> 32))
    }

    mutating func append(_ value: UInt32) { words.append(value) }

    mutating func append(_ value: Float) { append(value.bitPattern) }

    /// A count of things, or of bytes.
    mutating func append(count: Int) { append(UInt32(count)) }

    mutating func append(_ flag: Bool) { append(UInt32(flag ? 1 : 0)) }

    /// Appends zeros up to so many words.
    mutating func pad(toWords count: Int) {
        while words.count < count { words.append(0) }
    }
}
