/// Cuts a template's source into tokens, with the whitespace control that `transformers` sets up:
/// `trim_blocks` (a newline after a block or comment goes), `lstrip_blocks` (so do blanks from the
/// start of the line to a block or comment), and `-` or `+` inside a delimiter for one place.
struct Lexer {
    /// The source with every line break written as a newline, the last one left out.
    let source: [Unicode.Scalar]
    var position = 0
    var tokens: [Token] = []
    /// The brackets that are open inside the current tag, by what closes them.
    var closers: [Token.Symbol] = []
    private var line = 1
    private var lineStart = 0
    /// How far lines have been counted.
    private var counted = 0

    static func tokens(of text: String, _ limits: TemplateLimits) throws(TemplateError) -> [Token] {
        guard text.unicodeScalars.count <= limits.sourceLength else {
            throw TemplateError(
                .limit, "the source is longer than \(limits.sourceLength) code points")
        }
        var lexer = Lexer(text)
        while lexer.position < lexer.source.count { try lexer.lexUpToNextTag() }
        lexer.append(.end, at: lexer.source.count)
        return lexer.tokens
    }

    private init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if scalar != "\n" || previous != "\r" { scalars.append(scalar == "\r" ? "\n" : scalar) }
            previous = scalar
        }
        if scalars.last == "\n" { scalars.removeLast() }
        source = scalars
    }

    /// The text up to the next tag, and that tag.
    private mutating func lexUpToNextTag() throws(TemplateError) {
        let start = position
        guard let open = nextTag(from: start) else {
            appendData(start..<source.count)
            position = source.count
            return
        }
        let kind = source[open + 1]
        position = open + 2
        let sign = takeSign()
        appendData(start..<dataEnd(start, open, sign, isOutput: kind == "{"))
        switch kind {
        case "#":
            try skipComment(from: open)
        case "%":
            if let rawStart = endOfRawTag() {
                position = rawStart
                try lexRaw(from: open)
            } else {
                append(.blockStart, at: open)
                try lexTag(isBlock: true)
            }
        default:
            append(.outputStart, at: open)
            try lexTag(isBlock: false)
        }
    }

    private func nextTag(from start: Int) -> Int? {
        var index = start
        while index + 1 < source.count {
            if source[index] == "{", ["{", "%", "#"].contains(source[index + 1]) { return index }
            index += 1
        }
        return nil
    }

    private mutating func takeSign() -> Unicode.Scalar? {
        guard let next = peek(), next == "-" || next == "+" else { return nil }
        position += 1
        return next
    }

    /// Where the text before a tag ends when the tag has taken the whitespace that is its due.
    private func dataEnd(
        _ start: Int, _ open: Int, _ sign: Unicode.Scalar?, isOutput: Bool
    ) -> Int {
        var end = open
        if sign == "-" {
            while end > start, source[end - 1].isPythonSpace { end -= 1 }
        } else if sign == nil, !isOutput {
            while end > start, source[end - 1] != "\n" {
                guard source[end - 1].isPythonSpace else { return open }
                end -= 1
            }
            let startsLine = end == 0 || source[end - 1] == "\n"
            return startsLine ? end : open
        }
        return end
    }

    private mutating func skipComment(from open: Int) throws(TemplateError) {
        let start = position
        while position + 1 < source.count {
            if source[position] == "#", source[position + 1] == "}" {
                let sign = position > start ? source[position - 1] : nil
                position += 2
                return skipAfterBlock(sign: sign)
            }
            position += 1
        }
        throw TemplateError(.syntax, "the comment has no end ('#}')", at: location(of: open))
    }

    /// What a block's end takes with it: all whitespace after `-%}`, nothing after `+%}`, else
    /// one newline.
    mutating func skipAfterBlock(sign: Unicode.Scalar?) {
        if sign == "-" {
            skipSpace()
        } else if sign != "+", peek() == "\n" {
            position += 1
        }
    }

    mutating func skipSpace() {
        while let next = peek(), next.isPythonSpace { position += 1 }
    }

    /// Where a `raw` tag that goes on at `position` ends, when this is one.
    private func endOfRawTag() -> Int? {
        var ahead = self
        ahead.skipSpace()
        guard ahead.take("raw") else { return nil }
        ahead.skipSpace()
        if ahead.take("-%}") {
            ahead.skipSpace()
            return ahead.position
        }
        return ahead.take("%}") ? ahead.position : nil
    }

    private mutating func lexRaw(from open: Int) throws(TemplateError) {
        let start = position
        while position < source.count {
            let end = position
            guard take("{%") else {
                position += 1
                continue
            }
            let sign = takeSign()
            skipSpace()
            if take("endraw") {
                skipSpace()
                let endSign = takeSign()
                if take("%}") {
                    appendData(start..<dataEnd(start, end, sign, isOutput: false))
                    return skipAfterBlock(sign: endSign)
                }
            }
            position = end + 1
        }
        throw TemplateError(
            .syntax, "'raw' has no end ('{% endraw %}')", at: location(of: open))
    }

    func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < source.count ? source[position + offset] : nil
    }

    mutating func take(_ text: StaticString) -> Bool {
        let scalars = text.description.unicodeScalars
        guard source[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private mutating func appendData(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        append(.data(text(range)), at: range.lowerBound)
    }

    func text(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: source[range])
        return String(view)
    }

    mutating func append(_ kind: Token.Kind, at index: Int) {
        tokens.append(Token(kind: kind, location: location(of: index)))
    }

    mutating func location(of index: Int) -> SourceLocation {
        if index < counted {  // an error points back to where something began
            counted = 0
            line = 1
            lineStart = 0
        }
        for newline in counted..<index where source[newline] == "\n" {
            line += 1
            lineStart = newline + 1
        }
        counted = index
        return SourceLocation(line: line, column: index - lineStart + 1)
    }
}
