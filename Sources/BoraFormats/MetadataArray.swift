import BoraCore

/// An array of metadata values.
package enum MetadataArray: Sendable {
    /// Of a GGUF file: elements of one type.
    case stored(StoredArray)
    /// Of a JSON document: elements of any types.
    case values([JSONValue])

    package var count: Int {
        switch self {
        case .stored(let array): array.count
        case .values(let values): values.count
        }
    }
}

extension MetadataArray: CustomStringConvertible {
    /// The array's size: `[3 × int32]`.
    package var description: String {
        switch self {
        case .stored(let array): return "[\(array.count) × \(array.elementType)]"
        case .values(let values):
            let kinds = Set(values.map(\.kind))
            return "[\(values.count) × \(kinds.count == 1 ? kinds.first! : "value")]"
        }
    }
}

extension JSONValue {
    /// What JSON calls a value of this type.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
