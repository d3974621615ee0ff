/// A value of a JSON document (RFC 8259). Objects keep the order of their members, which chat
/// templates print and tokenizers count.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that 64 bits hold.
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// What becomes of integers that 64 bits do not hold.
    package enum LargeIntegers: Sendable {
        /// They are read as floating-point numbers: model files say "no limit" so.
        case rounded
        /// They are errors, where each digit counts.
        case refused
    }

    /// Reads a document.
    ///
    /// - Parameter name: the file's name, for messages.
    package init(
        parsing bytes: RawSpan, name: String, largeIntegers: LargeIntegers = .rounded
    ) throws(JSONError) {
        var parser = JSONParser(bytes, name: name, largeIntegers: largeIntegers)
        self = try parser.document()
    }

    /// Reads a document that is in memory.
    package init(
        parsing bytes: [UInt8], name: String, largeIntegers: LargeIntegers = .rounded
    ) throws(JSONError) {
        self = try unsafe JSONValue(
            parsing: bytes.span.bytes, name: name, largeIntegers: largeIntegers)
    }

    package init(parsing source: ByteSource) throws(JSONError) {
        self = try JSONValue(parsing: source.bytes, name: source.name)
    }

    package var isNull: Bool { self == .null }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// A number of either kind.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// A member of an object; nil where this is no object or has no such member.
    package subscript(key: String) -> JSONValue? { object?[key] }
}

/// The members of a JSON object, in the order of the document. No two have one key. Keys are the
/// same when their characters are, one by one: "é" and "e\u{301}", which `String` takes for equal,
/// are two tokens of many a vocabulary.
package struct JSONObject: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: JSONValue
    }

    package private(set) var members: [Member] = []
    /// Where each key stands, once there are too many to look through.
    private var positions: [Key: Int] = [:]

    private static let searched = 8

    private struct Key: Hashable {
        let text: String

        static func == (left: Key, right: Key) -> Bool {
            left.text.utf8.elementsEqual(right.text.utf8)
        }

        func hash(into hasher: inout Hasher) {
            // FNV-1a: the hasher itself is slow to take single bytes.
            hasher.combine(
                text.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
                    ($0 ^ UInt64($1)) &* 0x100_0000_01B3
                })
        }
    }

    package init() {}

    /// Adds a member; false, and nothing added, when the key is there already.
    package mutating func append(_ key: String, _ value: JSONValue) -> Bool {
        guard position(of: key) == nil else { return false }
        members.append(Member(key: key, value: value))
        if positions.isEmpty, members.count > Self.searched {
            for (index, member) in members.enumerated() { positions[Key(text: member.key)] = index }
        } else if !positions.isEmpty {
            positions[Key(text: key)] = members.count - 1
        }
        return true
    }

    package subscript(key: String) -> JSONValue? { position(of: key).map { members[$0].value } }

    private func position(of key: String) -> Int? {
        let key = Key(text: key)
        return positions.isEmpty
            ? members.firstIndex { Key(text: $0.key) == key } : positions[key]
    }

    package static func == (left: Self, right: Self) -> Bool { left.members == right.members }

    package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}
