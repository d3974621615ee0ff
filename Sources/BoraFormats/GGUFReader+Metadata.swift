import BoraCore

extension GGUFReader {
    /// How deep arrays may hold arrays. Published models have none that do.
    private static var maximumDepth: Int { 4 }

    mutating func readMetadata(count: Int) throws(FormatError) -> Metadata {
        var entries: [(key: String, value: MetadataValue)] = []
        var keys: Set<String> = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            cursor.subject = nil
            let start = cursor.offset
            let key = try cursor.text("a metadata key")
            guard !key.isEmpty else {
                throw cursor.error(.invalidText, at: start, "a metadata key is empty")
            }
            cursor.subject = .key(key)
            guard keys.insert(key).inserted else {
                throw cursor.error(.duplicateKey, at: start, "the key occurs twice")
            }
            let type = try readType()
            entries.append((key, try readValue(type)))
        }
        cursor.subject = nil
        return Metadata(file: source.name, entries: entries)
    }

    private mutating func readType() throws(FormatError) -> MetadataType {
        let start = cursor.offset
        let number = try cursor.integer("a value's type", as: UInt32.self)
        guard let type = MetadataType(rawValue: number) else {
            throw cursor.error(
                .invalidValue, at: start,
                "a value is of type \(number), which GGUF does not have")
        }
        return type
    }

    private mutating func readValue(_ type: MetadataType) throws(FormatError) -> MetadataValue {
        let what = "a value"
        switch type {
        case .uint8: return .uint8(try cursor.integer(what))
        case .int8: return .int8(try cursor.integer(what))
        case .uint16: return .uint16(try cursor.integer(what))
        case .int16: return .int16(try cursor.integer(what))
        case .uint32: return .uint32(try cursor.integer(what))
        case .int32: return .int32(try cursor.integer(what))
        case .uint64: return .uint64(try cursor.integer(what))
        case .int64: return .int64(try cursor.integer(what))
        case .float32: return .float32(Float(bitPattern: try cursor.integer(what)))
        case .float64: return .float64(Double(bitPattern: try cursor.integer(what)))
        case .bool: return .bool(try readBool())
        case .string: return .string(try cursor.text("a string"))
        case .array: return .array(.stored(try readArray(depth: 1)))
        }
    }

    private mutating func readBool() throws(FormatError) -> Bool {
        let start = cursor.offset
        let byte = try cursor.integer("a boolean", as: UInt8.self)
        guard byte <= 1 else {
            throw cursor.error(.invalidValue, at: start, "a boolean is \(byte), but must be 0 or 1")
        }
        return byte == 1
    }

    /// Passes over an array, checking that its elements lie in the file, and remembers where it is.
    mutating func readArray(depth: Int) throws(FormatError) -> StoredArray {
        guard depth <= Self.maximumDepth else {
            throw cursor.error(
                .nestingTooDeep,
                "arrays are nested more than \(Self.maximumDepth) deep")
        }
        let elementType = try readType()
        // A string takes at least its length, an array its type and count.
        let minimumBytes = elementType.fixedBytes ?? (elementType == .string ? 8 : 12)
        let count = try cursor.count(of: "array elements", minimumBytes: minimumBytes)
        let start = cursor.offset
        switch elementType {
        case .string:
            for _ in 0..<count { try cursor.lengthPrefixed("a string of an array") }
        case .array:
            for _ in 0..<count { _ = try readArray(depth: depth + 1) }
        case .bool:
            for _ in 0..<count { _ = try readBool() }
        default:
            try cursor.skip(UInt64(count * minimumBytes), "an array")
        }
        guard let bytes = ByteSlice(source, start..<cursor.offset) else {
            preconditionFailure("the cursor left the file")
        }
        return StoredArray(elementType: elementType, count: count, bytes: bytes)
    }
}
