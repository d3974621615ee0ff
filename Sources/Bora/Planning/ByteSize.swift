import BoraCore

/// A number of bytes as people read and write it: `24 GiB`, `40MiB`, `1.5GB`.
public struct ByteSize: Hashable, Sendable, CustomStringConvertible {
    public let bytes: Int

    public init(_ bytes: Int) { self.bytes = bytes }

    /// Reads a number with an optional unit, binary (`KiB … TiB`, or `K … T` alone) or decimal
    /// (`KB … TB`); nil when it is none of these.
    public init?(_ text: String) {
        guard let count = ByteCount(parsing: text) else { return nil }
        bytes = count.bytes
    }

    /// Binary units, three significant digits: `7.58 MiB`.
    public var description: String { ByteCount(bytes).description }
}
