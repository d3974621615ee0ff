/// The methods of lists, tuples and ranges that do not change them; Jinja's sandbox forbids the
/// others.
enum SequenceMethods {
    typealias Method =
        @Sendable (ValueSequence, CallArguments) throws(TemplateError) -> Value

    /// The methods that a sequence has, by its kind.
    static func has(_ name: String, _ kind: ValueSequence.Kind) -> Bool {
        switch kind {
        case .list: all[name] != nil
        case .tuple, .group, .range: all[name] != nil && name != "copy"
        case .keys, .values, .items: false
        }
    }

    static let all: [String: Method] = [
        "index": { sequence, arguments throws(TemplateError) in
            let value = try arguments.bind("index", ["value"], required: 1)[0] ?? .none
            guard let index = sequence.elements.firstIndex(of: value) else {
                throw TemplateError(.value, "the value is not in the list")
            }
            return .integer(index)
        },
        "count": { sequence, arguments throws(TemplateError) in
            let value = try arguments.bind("count", ["value"], required: 1)[0] ?? .none
            return .integer(sequence.elements.count { $0 == value })
        },
        "copy": { sequence, arguments throws(TemplateError) in
            try arguments.expectNone("copy")
            return .sequence(sequence)
        },
    ]
}
