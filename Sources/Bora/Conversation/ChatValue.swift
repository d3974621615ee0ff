import BoraCore

/// A value as JSON has it: what messages, tools and variables of a chat template are made of.
/// Objects keep the order of their members, which templates print.
public struct ChatValue: Hashable, Sendable {
    let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    /// Reads a JSON document, with what Python's `json` takes besides (`NaN`, `Infinity`).
    ///
    /// - Parameter name: the document's name, for messages.
    /// - Throws: where it is not JSON, has a key twice in one object, or an integer that 64 bits
    ///   do not hold, which no template could print as it was.
    public init(parsing document: String, name: String = "JSON") throws {
        json = try JSONValue(
            parsing: Array(document.utf8), name: name, largeIntegers: .refused)
    }

    /// The text; nil when this is something else.
    public var string: String? { json.string }

    /// The elements; nil when this is no array.
    public var array: [ChatValue]? { json.array?.map { ChatValue($0) } }

    public var isNull: Bool { json.isNull }

    /// The keys of an object, in order; nil when this is none.
    public var keys: [String]? { json.object?.members.map(\.key) }

    /// A member of an object; nil where this is no object or has no such member.
    public subscript(key: String) -> ChatValue? { json[key].map { ChatValue($0) } }
}

extension ChatValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(_ text: String) { json = .string(text) }
    public init(_ elements: [ChatValue]) { json = .array(elements.map(\.json)) }

    /// An object of these members, whose keys differ.
    public init(members: [(key: String, value: ChatValue)]) {
        var object = JSONObject()
        for (key, value) in members {
            let isNew = object.append(key, value.json)
            precondition(isNew, "the key \(key) stands twice in one object")
        }
        json = .object(object)
    }

    public init(stringLiteral text: String) { self.init(text) }
    public init(integerLiteral number: Int) { json = .integer(number) }
    public init(floatLiteral number: Double) { json = .number(number) }
    public init(booleanLiteral truth: Bool) { json = .bool(truth) }
    public init(nilLiteral: ()) { json = .null }
    public init(arrayLiteral elements: ChatValue...) { self.init(elements) }
    public init(dictionaryLiteral members: (String, ChatValue)...) {
        self.init(members: members.map { (key: $0, value: $1) })
    }
}
