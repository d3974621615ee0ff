/// Filters that make text of text.
extension FilterTable {
    static let text: [String: Filter] = [
        "upper": plain("upper") { $0.uppercased() },
        "lower": plain("lower") { $0.lowercased() },
        "capitalize": plain("capitalize") { $0.capitalized() },
        "title": plain("title") { $0.withCapitals() },
        "safe": plain("safe") { $0 },
        "escape": plain("escape") { $0.escapedForHTML },
        "e": plain("e") { $0.escapedForHTML },
        "forceescape": plain("forceescape") { $0.escapedForHTML },
        "urlencode": urlEncode,
        "wordcount": { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone("wordcount")
            return .integer(try interpreter.text(of: value).wordCount)
        },
        "trim": { interpreter, value, arguments throws(TemplateError) in
            let characters = try arguments.bind("trim", ["chars"])[0].string("chars")
            return .string(try interpreter.text(of: value).stripped(of: characters))
        },
        "format": { interpreter, value, arguments throws(TemplateError) in
            guard arguments.named.isEmpty || arguments.positional.isEmpty else {
                throw TemplateError(.type, "'format' takes values by position or by name, not both")
            }
            let values =
                arguments.named.isEmpty
                ? Value.tuple(arguments.positional)
                : .dictionary(ValueDictionary(arguments.named))
            return .string(try interpreter.printf(try interpreter.text(of: value), values))
        },
        "replace": { interpreter, value, arguments throws(TemplateError) in
            let values = try arguments.bind("replace", ["old", "new", "count"], required: 2)
            return .string(
                try interpreter.replace(
                    in: try interpreter.text(of: value),
                    try interpreter.text(of: values[0] ?? .none),
                    with: try interpreter.text(of: values[1] ?? .none),
                    count: try values[2].integer("count")))
        },
    ]

    private static func plain(
        _ name: String, _ result: @escaping @Sendable (String) -> String
    ) -> Filter {
        { interpreter, value, arguments throws(TemplateError) in
            try arguments.expectNone(name)
            return .string(result(try interpreter.text(of: value)))
        }
    }

    /// Text for an address, or the pairs of a dictionary or list as its query.
    @Sendable private static func urlEncode(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        try arguments.expectNone("urlencode")
        let pairs: [Value]
        switch value {
        case .dictionary(let dictionary): pairs = dictionary.items
        case .undefined, .sequence, .object: pairs = try interpreter.elements(of: value)
        default: return .string(try interpreter.text(of: value).encodedForURL(keeping: "/"))
        }
        var parts: [String] = []
        for pair in pairs {
            let sides = try interpreter.elements(of: pair)
            guard sides.count == 2 else {
                throw TemplateError(.value, "'urlencode' takes pairs of names and values")
            }
            var texts: [String] = []
            for side in sides {
                let text = try interpreter.text(of: side).encodedForURL(keeping: " ")
                texts.append(try interpreter.replace(in: text, " ", with: "+", count: nil))
            }
            parts.append(texts.joined(separator: "="))
        }
        return .string(try interpreter.join(parts, with: "&"))
    }

    // MARK: Layout

    static let layout: [String: Filter] = [
        "indent": indent,
        "truncate": truncate,
        "center": { interpreter, value, arguments throws(TemplateError) in
            let width = try arguments.bind("center", ["width"])[0] ?? .integer(80)
            let text = try interpreter.text(of: value)
            return try interpreter.call(
                .method(receiver: .string(text), name: "center"),
                CallArguments(positional: [width]))
        },
    ]

    private static func notText(_ filter: String, _ value: Value) -> TemplateError {
        if case .undefined(let what) = value { return TemplateError(.undefined, what) }
        return TemplateError(.type, "'\(filter)' takes a string, not '\(value.typeName)'")
    }

    @Sendable private static func indent(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind("indent", ["width", "first", "blank"])
        let margin: String
        if case .string(let text)? = values[0] {
            margin = text
        } else {
            let width = max(try values[0].integer("width") ?? 4, 0)
            try interpreter.spend(bytes: width)
            margin = String(repeating: " ", count: width)
        }
        let (first, blank) = (values[1].isTrue, values[2].isTrue)
        guard case .string(let text) = value else { throw notText("indent", value) }
        // A newline is added so that the last one does not get lost, as Jinja does.
        let lines = (text + "\n").lines(keepingEnds: false)
        try interpreter.spend(bytes: margin.utf8.count, times: lines.count + 1)
        let rest = lines.dropFirst().map { blank || !$0.isEmpty ? margin + $0 : $0 }
        let indented = (lines.prefix(1) + rest).joined(separator: "\n")
        return .string(first ? margin + indented : indented)
    }

    @Sendable private static func truncate(
        _ interpreter: Interpreter, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind("truncate", ["length", "killwords", "end", "leeway"])
        let length = try values[0].integer("length") ?? 255
        let end = try values[2].string("end") ?? "..."
        let leeway = try values[3].integer("leeway") ?? 5
        guard length >= end.length, leeway >= 0 else {
            throw TemplateError(
                .value, "'truncate' needs a length of at least that of its end, and a leeway")
        }
        // What has a length is taken as it is, as long as nothing has to be cut off.
        let most = length.addingOrMaximum(leeway)
        if let count = value.count, count <= most { return value }
        guard case .string(let text) = value else { throw notText("truncate", value) }
        let kept = String(text.unicodeScalars.prefix(length - end.length))
        if values[1].isTrue { return .string(kept + end) }
        let offset = kept.lastOffset(of: " ")
        return .string((offset.map { kept.pieces(between: [$0], length: 1)[0] } ?? kept) + end)
    }
}

extension String {
    /// Jinja's `title`, which starts words after space, hyphens and opening brackets only.
    fileprivate func withCapitals() -> String {
        var result = ""
        var isInWord = false
        for scalar in unicodeScalars {
            let properties = scalar.properties
            result += isInWord ? properties.lowercaseMapping : properties.uppercaseMapping
            isInWord = !scalar.isPythonSpace && !"-({[<".unicodeScalars.contains(scalar)
        }
        return result
    }

    /// Percent signs for all but letters, digits, `_.-~` and the characters of `kept`.
    fileprivate func encodedForURL(keeping kept: String) -> String {
        var result = ""
        for byte in utf8 {
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80,
                scalar.isPythonLetter || ("0"..."9").contains(scalar)
                    || "_.-~\(kept)".unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }

    /// Runs of letters, digits and underscores.
    fileprivate var wordCount: Int {
        unicodeScalars.split { scalar in
            !(scalar == "_" || scalar.isPythonLetter || scalar.properties.numericType != nil)
        }.count
    }
}
