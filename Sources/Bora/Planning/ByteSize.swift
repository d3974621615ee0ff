import BoraCore

/// A number of bytes as people read and write it: `24 GiB`, `40MiB`, `1.5GB`.
public struct ByteSize: Hashable, Sendable, CustomStringConvertible {
    public let bytes: Int

    public init(_ bytes: Int) { self.bytes = bytes }

    /// Reads a number with a unit, binary (`KiB … TiB`, or `K … T` alone) or decimal
    /// (`KB … TB`), or one of bytes that is 0 or a million at least; nil for anything else.
    public init?(_ text: String) {
        guard let count = ByteCount(parsing: text) else { return nil }
        bytes = count.bytes
    }

    /// Binary units, three significant digits: `7.58 MiB`.
    public var description: String { ByteCount(bytes).description }
}
