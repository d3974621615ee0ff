/// The functions of a file that are longer than allowed, by counting braces: the formatter keeps
/// the code regular enough for that.
struct FunctionLength {
    struct Function: CustomStringConvertible {
        let firstLine: Int
        let lines: Int

        var description: String { "line \(firstLine): \(lines) lines" }
    }

    static func functions(in file: SourceFile) -> [Function] {
        let code = file.code
        return code.indices.filter { isStart(code[$0], isC: !file.path.hasSuffix(".swift")) }
            .compactMap { start in
                guard let end = lastLine(ofBodyAt: start, code) else { return nil }
                return Function(firstLine: start + 1, lines: end - start + 1)
            }
    }

    private static func isStart(_ line: String, isC: Bool) -> Bool {
        guard isC else {
            let declaration = line.drop { $0 == " " }
            return ["func ", "init(", "init?(", "init<", "deinit "].contains { keyword in
                declaration.hasPrefix(keyword) || declaration.contains(" " + keyword)
            }
        }
        let isDeclaration = line.first?.isLetter == true && line.contains("(")
        return isDeclaration && !["typedef", "extern"].contains(where: line.hasPrefix)
    }

    /// Nil for a declaration without a body.
    private static func lastLine(ofBodyAt start: Int, _ code: [String]) -> Int? {
        var depth = 0
        var hasBody = false
        for index in start..<code.count {
            for character in code[index] {
                if character == "{" || character == "(" { depth += 1 }
                if character == "}" || character == ")" { depth -= 1 }
                if character == "{", depth == 1 { hasBody = true }
            }
            if hasBody && depth <= 0 { return index }
            let isOver = code[index].isEmpty || code[index].hasSuffix(";") || depth < 0
            if !hasBody && depth <= 0 && isOver { return nil }
        }
        return nil
    }
}
