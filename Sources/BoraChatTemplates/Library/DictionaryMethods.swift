/// The methods of dictionaries that do not change them; Jinja's sandbox forbids the others.
enum DictionaryMethods {
    typealias Method =
        @Sendable (ValueDictionary, CallArguments) throws(TemplateError) -> Value

    static let all: [String: Method] = [
        "get": { dictionary, arguments throws(TemplateError) in
            let values = try arguments.bind("get", ["key", "default"], required: 1)
            let key = values[0] ?? .none
            guard key.isHashable else {
                throw TemplateError(.type, "a '\(key.typeName)' cannot be a key")
            }
            return dictionary[key] ?? values[1] ?? .none
        },
        "keys": { dictionary, arguments throws(TemplateError) in
            try arguments.expectNone("keys")
            return .sequence(ValueSequence(.keys, dictionary.keys))
        },
        "values": { dictionary, arguments throws(TemplateError) in
            try arguments.expectNone("values")
            return .sequence(ValueSequence(.values, dictionary.values))
        },
        "items": { dictionary, arguments throws(TemplateError) in
            try arguments.expectNone("items")
            return .sequence(ValueSequence(.items, dictionary.items))
        },
        "copy": { dictionary, arguments throws(TemplateError) in
            try arguments.expectNone("copy")
            return .dictionary(dictionary)
        },
    ]
}

extension ValueDictionary {
    /// Pairs of key and value.
    var items: [Value] { entries.map { .tuple([$0.key, $0.value]) } }
}
