import BoraCore

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
    static func elements(of array: StoredArray) throws(FormatError) -> [Self]?

    /// `nil` when the element is of another type.
    static func element(_ value: JSONValue) -> Self?
}

extension MetadataElement {
    /// `nil` when an element is of another type or does not fit.
    package static func elements(of array: MetadataArray) throws(FormatError) -> [Self]? {
        switch array {
        case .stored(let stored):
            return try elements(of: stored)
        case .values(let values):
            let elements = values.compactMap(element)
            return elements.count == values.count ? elements : nil
        }
    }
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

    package static func elements(of array: StoredArray) -> [Int]? {
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

    package static func element(_ value: JSONValue) -> Int? { value.integer }
}

/// A floating-point number, or an integer that is exact as one: JSON writes `1.0` as `1`.
extension Double: MetadataReadable, MetadataElement {
    package static var metadataName: String { "a number" }
    package static var metadataPluralName: String { "numbers" }

    package static func read(_ value: MetadataValue) -> Double? {
        switch value {
        case .float32(let number): Double(number)
        case .float64(let number): number
        default: Int.read(value).flatMap { Double(exactly: $0) }
        }
    }

    package static func elements(of array: StoredArray) -> [Double]? {
        switch array.elementType {
        case .float32: array.numbers(UInt32.self) { Double(Float(bitPattern: $0)) }
        case .float64: array.numbers(UInt64.self) { Double(bitPattern: $0) }
        default: Int.elements(of: array)?.map { Double($0) }
        }
    }

    package static func element(_ value: JSONValue) -> Double? { value.number }
}

/// Other numbers are rounded to the nearest.
extension Float: MetadataReadable, MetadataElement {
    package static var metadataName: String { Double.metadataName }
    package static var metadataPluralName: String { Double.metadataPluralName }

    package static func read(_ value: MetadataValue) -> Float? {
        Double.read(value).map(Float.init)
    }

    package static func elements(of array: StoredArray) -> [Float]? {
        switch array.elementType {
        case .float32: array.numbers(UInt32.self) { Float(bitPattern: $0) }
        default: Double.elements(of: array)?.map { Float($0) }
        }
    }

    package static func element(_ value: JSONValue) -> Float? { value.number.map { Float($0) } }
}

extension Bool: MetadataReadable, MetadataElement {
    package static var metadataName: String { "a boolean" }
    package static var metadataPluralName: String { "booleans" }

    package static func read(_ value: MetadataValue) -> Bool? {
        guard case .bool(let truth) = value else { return nil }
        return truth
    }

    package static func elements(of array: StoredArray) -> [Bool]? {
        guard array.elementType == .bool else { return nil }
        return array.numbers(UInt8.self) { $0 != 0 }
    }

    package static func element(_ value: JSONValue) -> Bool? { value.bool }
}

extension String: MetadataReadable, MetadataElement {
    package static var metadataName: String { "a string" }
    package static var metadataPluralName: String { "strings" }

    package static func read(_ value: MetadataValue) -> String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    package static func elements(of array: StoredArray) throws(FormatError) -> [String]? {
        guard array.elementType == .string else { return nil }
        return try array.strings()
    }

    package static func element(_ value: JSONValue) -> String? { value.string }
}

extension MetadataArray: MetadataReadable, MetadataElement {
    package static var metadataName: String { "an array" }
    package static var metadataPluralName: String { "arrays" }

    package static func read(_ value: MetadataValue) -> MetadataArray? {
        guard case .array(let array) = value else { return nil }
        return array
    }

    package static func elements(
        of array: StoredArray
    ) throws(FormatError) -> [MetadataArray]? {
        guard array.elementType == .array else { return nil }
        return try array.arrays().map { .stored($0) }
    }

    package static func element(_ value: JSONValue) -> MetadataArray? {
        value.array.map { .values($0) }
    }
}
