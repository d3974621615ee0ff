import Foundation

/// A text file of the repository.
struct SourceFile: Sendable, CustomStringConvertible {
    /// From the repository's root: `Sources/BoraCore/Shape.swift`.
    let path: String
    let lines: [Substring]

    /// The lines without comments and without the text of string literals.
    let code: [String]

    var description: String { path }

    /// The file's name without its ending.
    var name: String { String(path.split(separator: "/").last!.split(separator: ".")[0]) }

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    init(_ path: String) throws {
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        self.init(path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
    }

    init(_ path: String, lines: [Substring]) {
        self.path = path
        self.lines = lines
        var isText = false
        code = lines.map { line in
            let quotes = line.ranges(of: "\"\"\"")
            let wasText = isText
            if quotes.count == 1 { isText.toggle() }
            guard wasText else { return Self.code(in: line.utf8) }
            return isText ? "" : Self.code(in: line[quotes[0].upperBound...].utf8)
        }
    }

    /// Numbers of the lines whose code meets a condition.
    func linesOfCode(where condition: (String) -> Bool) -> [Int] {
        code.indices.filter { condition(code[$0]) }.map { $0 + 1 }
    }

    private static func code(in line: Substring.UTF8View) -> String {
        var code: [UInt8] = []
        var isQuoted = false
        var previous: UInt8 = 0
        for byte in line {
            if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") {
                isQuoted.toggle()
            } else if !isQuoted {
                if byte == UInt8(ascii: "/"), previous == byte { return text(code.dropLast()) }
                code.append(byte)
            }
            previous = byte
        }
        return text(code)
    }

    private static func text(_ code: some Collection<UInt8>) -> String {
        String(decoding: code, as: UTF8.self)
    }

    /// Every file under the folders whose name ends in one of `endings`.
    static func all(in folders: [String], endings: [String]) throws -> [SourceFile] {
        try folders.flatMap { folder in
            let root = root.appending(path: folder)
            let names = try FileManager.default.subpathsOfDirectory(atPath: root.path())
            return try names.sorted().filter { name in
                endings.contains { name.hasSuffix("." + $0) }
            }.map { try SourceFile(folder + "/" + $0) }
        }
    }
}
