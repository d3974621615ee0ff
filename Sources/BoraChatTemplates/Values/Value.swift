/// A value that templates compute with, as Python has it: what the caller passes in (everything
/// JSON can say) and what the language makes of it.
package enum Value: Sendable {
    /// Nothing is there; the text says what is missing: `'tools' is undefined`.
    case undefined(String)
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    /// Text that counts as HTML already.
    case markup(String)
    case sequence(ValueSequence)
    case dictionary(ValueDictionary)
    /// A built-in function by its name.
    case function(String)
    /// A function that belongs to a value: `text.split`.
    indirect case method(receiver: Value, name: String)
    /// Something with a state of its own, which the interpreter keeps: a namespace, a loop.
    case object(ObjectReference)

    package static func list(_ elements: [Value]) -> Value {
        .sequence(ValueSequence(.list, elements))
    }

    package static func tuple(_ elements: [Value]) -> Value {
        .sequence(ValueSequence(.tuple, elements))
    }

    /// Containers inside one another; 0 for anything else.
    var depth: Int {
        switch self {
        case .sequence(let sequence): sequence.depth
        case .dictionary(let dictionary): dictionary.depth
        case .method(let receiver, _): receiver.depth + 1
        default: 0
        }
    }

    /// Approximate bytes of the value and, as often as it holds them, of all the values inside it:
    /// what it costs to go through it. `Int.max` when there are more than anyone could.
    var weight: Int {
        switch self {
        case .sequence(let sequence): sequence.weight
        case .dictionary(let dictionary): dictionary.weight
        case .method(let receiver, _): receiver.weight
        default: footprint
        }
    }

    /// Approximate bytes of the value itself, without what its elements hold.
    var footprint: Int {
        switch self {
        case .string(let text), .markup(let text): 16 + text.utf8.count
        case .sequence(let sequence): 16 + 32 * sequence.elements.count
        case .dictionary(let dictionary): 16 + 96 * dictionary.count
        default: 16
        }
    }

    var isUndefined: Bool {
        if case .undefined = self { true } else { false }
    }

    /// Python's name of the value's type, for messages.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .boolean: "bool"
        case .integer: "int"
        case .float: "float"
        case .string: "str"
        case .markup: "Markup"
        case .sequence(let sequence): sequence.kind.rawValue
        case .dictionary: "dict"
        case .function, .method: "function"
        case .object: "object"
        }
    }
}

/// Which of the interpreter's objects is meant.
package struct ObjectReference: Hashable, Sendable {
    let index: Int
}

/// Values in order: a list, or one of Python's types that are read like one.
package struct ValueSequence: Sendable {
    package enum Kind: String, Sendable {
        case list
        case tuple
        case range
        case keys = "dict_keys"
        case values = "dict_values"
        case items = "dict_items"
        /// What `groupby` makes: a tuple whose elements also go by `grouper` and `list`.
        case group
    }

    package let kind: Kind
    package let elements: [Value]
    let depth: Int
    let weight: Int

    package init(_ kind: Kind, _ elements: [Value]) {
        self.kind = kind
        self.elements = elements
        var depth = 0
        var weight = 16
        for element in elements {
            depth = max(depth, element.depth)
            weight = weight.addingOrMaximum(element.weight.addingOrMaximum(16))
        }
        self.depth = depth + 1
        self.weight = weight
    }

    /// Views of a dictionary have no positions.
    var isIndexable: Bool {
        switch kind {
        case .list, .tuple, .range, .group: true
        case .keys, .values, .items: false
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral text: String) { self = .string(text) }
    package init(integerLiteral number: Int) { self = .integer(number) }
    package init(floatLiteral number: Double) { self = .float(number) }
    package init(booleanLiteral truth: Bool) { self = .boolean(truth) }
    package init(arrayLiteral elements: Value...) { self = .list(elements) }
    package init(dictionaryLiteral entries: (String, Value)...) {
        self = .dictionary(ValueDictionary(entries))
    }
}

extension Int {
    /// The sum of two counts, or the largest integer if it is larger.
    func addingOrMaximum(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
