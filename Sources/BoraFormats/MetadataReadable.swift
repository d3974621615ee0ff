/// A Swift type that metadata can be read as.
package protocol MetadataReadable: Sendable {
    /// The name of the type in messages: `an integer`.
    static var metadataName: String { get }

    /// `nil` when the value is of another type or does not fit.
    static func read(_ value: MetadataValue) throws(FormatError) -> Self?
}

/// A Swift type that the elements of a metadata array can be read as.
package protocol MetadataElement: Sendable {
    /// The name of the elements in messages: `integers`.
    static var metadataPluralName: String { get }

    /// `nil` when the elements are of another type or do not fit.
    static func elements(of array: MetadataArray) throws(FormatError) -> [Self]?
}

extension Array: MetadataReadable where Element: MetadataElement {
    package static var metadataName: String { "an array of \(Element.metadataPluralName)" }

    package static func read(_ value: MetadataValue) throws(FormatError) -> [Element]? {
        guard case .array(let array) = value else { return nil }
        return try Element.elements(of: array)
    }
}

/// Any stored width, signed or not, as long as the number fits.
extension Int: MetadataReadable, MetadataElement {
    package static var metadataName: String { "an integer" }
    package static var metadataPluralName: String { "integers" }

    package static func read(_ value: MetadataValue) -> Int? {
        switch value {
        case .uint8(let number): Int(number)
        case .int8(let number): Int(number)
        case .uint16(let number): Int(number)
        case .int16(let number): Int(number)
        case .uint32(let number): Int(number)
        case .int32(let number): Int(number)
        case .uint64(let number): Int(exactly: number)
        case .int64(let number): Int(exactly: number)
        case .float32, .float64, .bool, .string, .array: nil
        }
    }

    package static func elements(of array: MetadataArray) -> [Int]? {
        switch array.elementType {
        case .uint8: array.numbers(UInt8.self) { Int($0) }
        case .int8: array.numbers(Int8.self) { Int($0) }
        case .uint16: array.numbers(UInt16.self) { Int($0) }
        case .int16: array.numbers(Int16.self) { Int($0) }
        case .uint32: array.numbers(UInt32.self) { Int($0) }
        case .int32: array.numbers(Int32.self) { Int($0) }
        case .uint64: array.numbers(UInt64.self) { Int(exactly: $0) }
        case .int64: array.numbers(Int64.self) { Int(exactly: $0) }
        case .float32, .float64, .bool, .string, .array: nil
        }
    }
}

extension Double: MetadataReadable, MetadataElement {
    package static var metadataName: String { "a number" }
    package static var metadataPluralName: String { "numbers" }

    package static func read(_ value: MetadataValue) -> Double? {
        switch value {
        case .float32(let number): Double(number)
        case .float64(let number): number
        default: nil
        }
    }

    package static func elements(of array: MetadataArray) -> [Double]? {
        switch array.elementType {
        case .float32: array.numbers(UInt32.self) { Double(Float(bitPattern: $0)) }
        case .float64: array.numbers(UInt64.self) { Double(bitPattern: $0) }
        default: nil
        }
    }
}

/// A stored `float64` is rounded.
extension Float: MetadataReadable, MetadataElement {
    package static var metadataName: String { Double.metadataName }
    package static var metadataPluralName: String { Double.metadataPluralName }

    package static func read(_ value: MetadataValue) -> Float? {
        Double.read(value).map(Float.init)
    }

    package static func elements(of array: MetadataArray) -> [Float]? {
        switch array.elementType {
        case .float32: array.numbers(UInt32.self) { Float(bitPattern: $0) }
        case .float64: array.numbers(UInt64.self) { Float(Double(bitPattern: $0)) }
        default: nil
        }
    }
}

extension Bool: MetadataReadable, MetadataElement {
    package static var metadataName: String { "a boolean" }
    package static var metadataPluralName: String { "booleans" }

    package static func read(_ value: MetadataValue) -> Bool? {
        guard case .bool(let truth) = value else { return nil }
        return truth
    }

    package static func elements(of array: MetadataArray) -> [Bool]? {
        guard array.elementType == .bool else { return nil }
        return array.numbers(UInt8.self) { $0 != 0 }
    }
}

extension String: MetadataReadable, MetadataElement {
    package static var metadataName: String { "a string" }
    package static var metadataPluralName: String { "strings" }

    package static func read(_ value: MetadataValue) -> String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    package static func elements(of array: MetadataArray) throws(FormatError) -> [String]? {
        guard array.elementType == .string else { return nil }
        return try array.strings()
    }
}

extension MetadataArray: MetadataReadable, MetadataElement {
    package static var metadataName: String { "an array" }
    package static var metadataPluralName: String { "arrays" }

    package static func read(_ value: MetadataValue) -> MetadataArray? {
        guard case .array(let array) = value else { return nil }
        return array
    }

    package static func elements(
        of array: MetadataArray
    ) throws(FormatError) -> [MetadataArray]? {
        guard array.elementType == .array else { return nil }
        return try array.arrays()
    }
}
