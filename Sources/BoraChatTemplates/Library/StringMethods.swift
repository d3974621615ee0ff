/// The methods of Python's strings.
enum StringMethods {
    typealias Method =
        @Sendable (Interpreter, String, CallArguments) throws(TemplateError) -> Value

    static let all: [String: Method] = [
        cases, predicates, trimming, searching, cutting, padding, formatting,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    // MARK: Without arguments

    private static let cases: [String: Method] = [
        "lower": plain("lower") { .string($0.lowercased()) },
        "casefold": plain("casefold") { .string($0.uppercased().lowercased()) },
        "upper": plain("upper") { .string($0.uppercased()) },
        "title": plain("title") { .string($0.titled()) },
        "capitalize": plain("capitalize") { .string($0.capitalized()) },
        "swapcase": plain("swapcase") { text in
            var result = ""
            for scalar in text.unicodeScalars {
                let properties = scalar.properties
                result +=
                    properties.isUppercase
                    ? properties.lowercaseMapping : properties.uppercaseMapping
            }
            return .string(result)
        },
    ]

    private static let predicates: [String: Method] = [
        "isspace": all { $0.isPythonSpace },
        "isalpha": all { $0.isPythonLetter },
        "isalnum": all { $0.isPythonLetter || $0.properties.numericType != nil },
        "isdigit": all { [.decimal, .digit].contains($0.properties.numericType) },
        "isdecimal": all { $0.properties.numericType == .decimal },
        "isprintable": plain("isprintable") { text in
            .boolean(text.unicodeScalars.allSatisfy(\.isPythonPrintable))
        },
        "isidentifier": plain("isidentifier") { text in
            let isStart = text.unicodeScalars.first.map {
                $0 == "_" || $0.properties.isXIDStart
            }
            let isRest = text.unicodeScalars.allSatisfy(\.properties.isXIDContinue)
            return .boolean(isStart == true && isRest)
        },
        "istitle": plain("istitle") { .boolean($0.isTitled) },
        "isnumeric": all { $0.properties.numericType != nil },
        "isascii": plain("isascii") { text in .boolean(text.utf8.allSatisfy { $0 < 0x80 }) },
        "islower": plain("islower") { .boolean($0.hasCase(\.isLowercase, not: \.isUppercase)) },
        "isupper": plain("isupper") { .boolean($0.hasCase(\.isUppercase, not: \.isLowercase)) },
    ]

    private static func plain(
        _ name: String, _ result: @escaping @Sendable (String) -> Value
    ) -> Method {
        { _, text, arguments throws(TemplateError) in
            try arguments.expectNone(name)
            return result(text)
        }
    }

    /// Whether the text is not empty and all of its code points are such.
    private static func all(
        _ isSuch: @escaping @Sendable (Unicode.Scalar) -> Bool
    ) -> Method {
        { _, text, arguments throws(TemplateError) in
            try arguments.expectNone("this method")
            return .boolean(!text.isEmpty && text.unicodeScalars.allSatisfy(isSuch))
        }
    }

    // MARK: Ends

    private static let trimming: [String: Method] = [
        "strip": { _, text, arguments throws(TemplateError) in
            .string(text.stripped(of: try characters("strip", arguments)))
        },
        "lstrip": { _, text, arguments throws(TemplateError) in
            .string(text.stripped(of: try characters("lstrip", arguments), atEnd: false))
        },
        "rstrip": { _, text, arguments throws(TemplateError) in
            .string(text.stripped(of: try characters("rstrip", arguments), atStart: false))
        },
        "removeprefix": { _, text, arguments throws(TemplateError) in
            let prefix = try part("removeprefix", arguments)
            guard text.startsLike(prefix) else { return .string(text) }
            return .string(text.pieces(between: [0], length: prefix.utf8.count)[1])
        },
        "removesuffix": { _, text, arguments throws(TemplateError) in
            let suffix = try part("removesuffix", arguments)
            guard text.endsLike(suffix) else { return .string(text) }
            let offset = text.utf8.count - suffix.utf8.count
            return .string(text.pieces(between: [offset], length: suffix.utf8.count)[0])
        },
        "startswith": { interpreter, text, arguments throws(TemplateError) in
            .boolean(try anyPart("startswith", text, arguments) { $0.startsLike($1) })
        },
        "endswith": { interpreter, text, arguments throws(TemplateError) in
            .boolean(try anyPart("endswith", text, arguments) { $0.endsLike($1) })
        },
    ]

    private static func characters(
        _ name: String, _ arguments: CallArguments
    ) throws(TemplateError) -> String? {
        try arguments.bind(name, ["chars"])[0].string("chars")
    }

    /// The one argument, a string.
    private static func part(
        _ name: String, _ arguments: CallArguments
    ) throws(TemplateError) -> String {
        let value = try arguments.bind(name, ["text"], required: 1)[0]
        guard let text = try value.string("text") else {
            throw TemplateError(.type, "'\(name)' needs a string")
        }
        return text
    }

    /// Whether the test holds for the argument, or for one of a tuple of them, between the
    /// positions that may follow it.
    private static func anyPart(
        _ name: String, _ text: String, _ arguments: CallArguments,
        _ test: (String, String) -> Bool
    ) throws(TemplateError) -> Bool {
        let values = try arguments.bind(name, ["text", "start", "end"], required: 1)
        let window = try text.window(values[1].integer("start"), values[2].integer("end"))
        guard case .sequence(let parts)? = values[0], parts.kind == .tuple else {
            let part = try part(name, CallArguments(positional: [values[0] ?? .none]))
            return window.map { test($0.text, part) } ?? false
        }
        for element in parts.elements {
            let part = try part(name, CallArguments(positional: [element]))
            if let window, test(window.text, part) { return true }
        }
        return false
    }

    // MARK: Searching

    private static let searching: [String: Method] = [
        "find": { _, text, arguments throws(TemplateError) in
            .integer(try position("find", text, arguments, last: false) ?? -1)
        },
        "rfind": { _, text, arguments throws(TemplateError) in
            .integer(try position("rfind", text, arguments, last: true) ?? -1)
        },
        "index": { _, text, arguments throws(TemplateError) in
            .integer(try found(try position("index", text, arguments, last: false)))
        },
        "rindex": { _, text, arguments throws(TemplateError) in
            .integer(try found(try position("rindex", text, arguments, last: true)))
        },
        "count": { _, text, arguments throws(TemplateError) in
            let values = try arguments.bind("count", ["text", "start", "end"], required: 1)
            let part = try part("count", CallArguments(positional: [values[0] ?? .none]))
            let window = try text.window(values[1].integer("start"), values[2].integer("end"))
            guard let window = window?.text else { return .integer(0) }
            return .integer(part.isEmpty ? window.length + 1 : window.offsets(of: part).count)
        },
    ]

    /// The position of the first or last occurrence, in code points.
    private static func position(
        _ name: String, _ text: String, _ arguments: CallArguments, last: Bool
    ) throws(TemplateError) -> Int? {
        let values = try arguments.bind(name, ["text", "start", "end"], required: 1)
        let part = try part(name, CallArguments(positional: [values[0] ?? .none]))
        let window = try text.window(values[1].integer("start"), values[2].integer("end"))
        guard let window else { return nil }
        if part.isEmpty { return window.start + (last ? window.text.length : 0) }
        let offset =
            last ? window.text.lastOffset(of: part) : window.text.offsets(of: part, limit: 1).first
        return offset.map { offset in
            window.start + window.text.pieces(between: [offset], length: 0)[0].length
        }
    }

    private static func found(_ position: Int?) throws(TemplateError) -> Int {
        guard let position else { throw TemplateError(.value, "the text is not found") }
        return position
    }

    // MARK: Cutting and joining

    private static let cutting: [String: Method] = [
        "split": { interpreter, text, arguments throws(TemplateError) in
            try split("split", interpreter, text, arguments, fromEnd: false)
        },
        "rsplit": { interpreter, text, arguments throws(TemplateError) in
            try split("rsplit", interpreter, text, arguments, fromEnd: true)
        },
        "splitlines": { interpreter, text, arguments throws(TemplateError) in
            let keepsEnds = try arguments.bind("splitlines", ["keepends"])[0].isTrue
            try interpreter.spend(bytes: text.utf8.count, times: 16)
            return .list(text.lines(keepingEnds: keepsEnds).map(Value.string))
        },
        "partition": { _, text, arguments throws(TemplateError) in
            try partition("partition", text, arguments, last: false)
        },
        "rpartition": { _, text, arguments throws(TemplateError) in
            try partition("rpartition", text, arguments, last: true)
        },
        "replace": { interpreter, text, arguments throws(TemplateError) in
            let values = try arguments.bind("replace", ["old", "new", "count"], required: 2)
            return .string(
                try interpreter.replace(
                    in: text, try part("replace", CallArguments(positional: [values[0] ?? .none])),
                    with: try part("replace", CallArguments(positional: [values[1] ?? .none])),
                    count: try values[2].integer("count")))
        },
        "join": { interpreter, text, arguments throws(TemplateError) in
            let list = try arguments.bind("join", ["iterable"], required: 1)[0] ?? .none
            var parts: [String] = []
            for element in try interpreter.elements(of: list) {
                guard case .string(let part) = element else {
                    throw TemplateError(
                        .type, "'join' joins strings, not '\(element.typeName)'")
                }
                parts.append(part)
            }
            return .string(try interpreter.join(parts, with: text))
        },
    ]

    private static func split(
        _ name: String, _ interpreter: Interpreter, _ text: String, _ arguments: CallArguments,
        fromEnd: Bool
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind(name, ["sep", "maxsplit"])
        let separator = try values[0].string("sep")
        let limit = try values[1].integer("maxsplit") ?? -1
        let most = limit < 0 ? Int.max : limit
        try interpreter.spend(bytes: text.utf8.count, times: 16)
        guard let separator else {
            return .list(text.words(most: most, fromEnd: fromEnd).map(Value.string))
        }
        guard !separator.isEmpty else { throw TemplateError(.value, "the separator is empty") }
        let offsets =
            fromEnd
            ? text.offsetsFromEnd(of: separator, limit: most)
            : text.offsets(of: separator, limit: most)
        return .list(
            text.pieces(between: offsets, length: separator.utf8.count).map(Value.string))
    }

    private static func partition(
        _ name: String, _ text: String, _ arguments: CallArguments, last: Bool
    ) throws(TemplateError) -> Value {
        let separator = try part(name, arguments)
        guard !separator.isEmpty else { throw TemplateError(.value, "the separator is empty") }
        let offset =
            last ? text.lastOffset(of: separator) : text.offsets(of: separator, limit: 1).first
        guard let offset else {
            return .tuple(
                (last ? ["", "", text] : [text, "", ""]).map(Value.string))
        }
        let pieces = text.pieces(between: [offset], length: separator.utf8.count)
        return .tuple([.string(pieces[0]), .string(separator), .string(pieces[1])])
    }

    // MARK: Formats

    private static let formatting: [String: Method] = [
        "format": { interpreter, text, arguments throws(TemplateError) in
            .string(
                try interpreter.format(
                    text,
                    .init(
                        positional: arguments.positional, named: ValueDictionary(arguments.named))))
        },
        "format_map": { interpreter, text, arguments throws(TemplateError) in
            let values = try arguments.bind("format_map", ["mapping"], required: 1)[0]
            guard case .dictionary(let dictionary)? = values else {
                throw TemplateError(.type, "'format_map' takes a dictionary")
            }
            return .string(
                try interpreter.format(text, .init(positional: [], named: dictionary)))
        },
    ]

    // MARK: Padding

    /// `text.expandtabs(size)`: each tab becomes spaces up to the next column of that size.
    @Sendable private static func expandTabs(
        _ interpreter: Interpreter, _ text: String, _ arguments: CallArguments
    ) throws(TemplateError) -> Value {
        let size = try arguments.bind("expandtabs", ["tabsize"])[0].integer("tabsize") ?? 8
        var result = String.UnicodeScalarView()
        var column = 0
        for scalar in text.unicodeScalars {
            guard scalar == "\t" else {
                result.append(scalar)
                column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
                continue
            }
            guard size > 0 else { continue }
            let count = size - column % size
            try interpreter.spend(bytes: count)
            result.append(contentsOf: repeatElement(" ", count: count))
            column += count
        }
        return .string(String(result))
    }

    private static let padding: [String: Method] = [
        "center": { interpreter, text, arguments throws(TemplateError) in
            try pad("center", interpreter, text, arguments) { missing, width in
                // CPython puts the odd one on the left when the width is odd.
                missing / 2 + (missing & width & 1)
            }
        },
        "ljust": { interpreter, text, arguments throws(TemplateError) in
            try pad("ljust", interpreter, text, arguments) { _, _ in 0 }
        },
        "rjust": { interpreter, text, arguments throws(TemplateError) in
            try pad("rjust", interpreter, text, arguments) { missing, _ in missing }
        },
        "expandtabs": expandTabs,
        "zfill": { interpreter, text, arguments throws(TemplateError) in
            let width = try arguments.bind("zfill", ["width"], required: 1)[0].integer("width")
            let missing = (width ?? 0) - text.length
            guard missing > 0 else { return .string(text) }
            try interpreter.spend(bytes: missing)
            let hasSign = text.startsLike("-") || text.startsLike("+")
            let sign = hasSign ? String(text.prefix(1)) : ""
            return .string(
                sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count))
        },
    ]

    private static func pad(
        _ name: String, _ interpreter: Interpreter, _ text: String, _ arguments: CallArguments,
        left: (_ missing: Int, _ width: Int) -> Int
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind(name, ["width", "fillchar"], required: 1)
        let width = try values[0].integer("width") ?? 0
        let fill = try values[1].string("fillchar") ?? " "
        guard fill.length == 1 else {
            throw TemplateError(.type, "the fill character of '\(name)' is one character")
        }
        let missing = width - text.length
        guard missing > 0 else { return .string(text) }
        try interpreter.spend(bytes: 4, times: missing)
        let before = left(missing, width)
        return .string(
            String(repeating: fill, count: before) + text
                + String(repeating: fill, count: missing - before))
    }
}

extension Interpreter {
    /// `text.replace(old, new, count)`; an empty `old` stands between all code points.
    func replace(
        in text: String, _ old: String, with new: String, count: Int?
    ) throws(TemplateError) -> String {
        let limit = count.map { $0 < 0 ? Int.max : $0 } ?? .max
        guard limit > 0 else { return text }
        try spend(bytes: text.utf8.count, times: 16)
        if old.isEmpty {
            let scalars = text.unicodeScalars
            let first = scalars.prefix(limit == .max ? scalars.count : limit - 1)
            try spend(bytes: new.utf8.count + 8, times: first.count + 1)
            var result = first.map { new + String($0) }.joined()
            if first.count < limit, first.count == scalars.count { result += new }
            if first.count < scalars.count { result += new }
            return result + String(scalars.dropFirst(first.count))
        }
        let offsets = text.offsets(of: old, limit: limit)
        return try join(text.pieces(between: offsets, length: old.utf8.count), with: new)
    }

    func join(_ parts: [String], with separator: String) throws(TemplateError) -> String {
        try spend(bytes: separator.utf8.count, times: max(parts.count - 1, 0))
        for part in parts { try spend(bytes: part.utf8.count) }
        return parts.joined(separator: separator)
    }
}
