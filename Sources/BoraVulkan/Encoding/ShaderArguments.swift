/// The bytes of a shader's push constants, as `std430` lays them out: little-endian, each value at
/// a multiple of its size.
struct ShaderArguments {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(Dispatch.maxArgumentBytes) }

    mutating func append(_ address: UInt64) { append(address, aligned: 8) }

    mutating func append(_ value: UInt32) { append(value, aligned: 4) }

    mutating func append(_ value: Float) { append(value.bitPattern, aligned: 4) }

    /// A count of things, or of bytes.
    mutating func append(count: Int) { append(UInt32(count)) }

    mutating func append(_ flag: Bool) { append(UInt32(flag ? 1 : 0)) }

    private mutating func append(_ value: some FixedWidthInteger, aligned size: Int) {
        while !bytes.count.isMultiple(of: size) { bytes.append(0) }
        for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
}
