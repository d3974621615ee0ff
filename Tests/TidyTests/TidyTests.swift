import Foundation
import Testing

/// The rules of `CONTRIBUTING.md` that a program can check.
@Suite struct TidyTests {
    static let swift = try! SourceFile.all(in: ["Sources", "Tests", "Fuzz"], endings: ["swift"])
    static let c = try! SourceFile.all(in: ["Sources"], endings: ["c", "h"])
    static let scripts = try! SourceFile.all(in: ["scripts"], endings: ["sh", "py"])
    static let documents = try! SourceFile.all(in: ["docs"], endings: ["md"])

    /// Modules and files that may hold unsafe code. Everything else works on spans.
    static let unsafe = [
        "Sources/BoraCore/", "Sources/BoraCPU/", "Sources/BoraVulkan/",
        "Sources/BoraTokenizers/PreTokenization/Pattern.swift",
        "Sources/Bora/Checkpoints/ModelFile.swift", "Sources/BoraCLI/Descriptor.swift",
        "Sources/BoraCLI/EmbeddedModel.swift",
    ]

    @Test(arguments: swift + c + scripts)
    func filesAreShort(_ file: SourceFile) { #expect(file.lines.count <= 801) }

    @Test(arguments: swift + c)
    func linesAreShort(_ file: SourceFile) {
        let long = file.lines.indices.filter { file.lines[$0].count > 100 }.map { $0 + 1 }
        #expect(long.isEmpty, "longer than 100 columns: lines \(long)")
    }

    @Test(arguments: swift + c)
    func functionsAreShort(_ file: SourceFile) {
        let long = FunctionLength.functions(in: file).filter { $0.lines > 70 }
        #expect(long.isEmpty, "longer than 70 lines: \(long)")
    }

    @Test func functionsAreMeasured() {
        let body = Array(repeating: "        let x = \"}\" // }", count: 69)
        let code =
            ["    func short() {}", "    func long(", "        x: Int", "    ) {"] + body + [
                "    }"
            ]
        let file = SourceFile("Long.swift", lines: code.map { Substring($0) })
        #expect(FunctionLength.functions(in: file).map(\.lines) == [1, 73])
    }

    /// Or after a function, where that is all it declares.
    @Test(arguments: swift)
    func filesAreNamedAfterAType(_ file: SourceFile) {
        guard file.name != "main" else { return }
        let name = file.name.split(separator: "+")[0]
        let function = name.prefix(1).lowercased() + name.dropFirst()
        let declarations =
            file.name.contains("+")
            ? ["extension \(name)"]
            : ["struct", "class", "actor", "enum", "protocol"].map { "\($0) \(name)" }
                + ["func \(function)("]
        let isNamed = file.code.contains { line in declarations.contains { line.contains($0) } }
        #expect(isNamed, "declares no \(name)")
    }

    @Test(arguments: swift + c + scripts)
    func namesSayWhatIsInside(_ file: SourceFile) {
        let empty = ["Util", "Common", "Helper", "Misc"].filter { file.name.contains($0) }
        #expect(empty.isEmpty)
    }

    @Test(arguments: swift.filter { $0.path.hasPrefix("Sources/") })
    func unsafeCodeStaysInItsModules(_ file: SourceFile) {
        guard !Self.unsafe.contains(where: file.path.hasPrefix) else { return }
        let lines = file.linesOfCode { $0.contains("unsafe") || $0.contains("Unsafe") }
        #expect(lines.isEmpty, "unsafe code in lines \(lines)")
    }

    @Test(arguments: swift.filter { $0.path.hasPrefix("Sources/") })
    func foundationStaysOutside(_ file: SourceFile) {
        let lines = file.linesOfCode { $0.hasSuffix("import Foundation") }
        #expect(lines.isEmpty, "imports Foundation in lines \(lines)")
    }

    @Test(arguments: swift + c + scripts + documents)
    func nothingIsLeftForLater(_ file: SourceFile) {
        // Written apart, so that this file passes too.
        let marks = ["TO" + "DO", "FIX" + "ME"]
        let marked = file.lines.indices.filter { index in
            marks.contains { file.lines[index].contains($0) }
        }
        #expect(marked.isEmpty, "marks in lines \(marked.map { $0 + 1 })")
    }

    @Test func theArchitectureNamesEveryTarget() throws {
        let package = try SourceFile("Package.swift").lines.joined(separator: "\n")
        let targets = Set(package.matches(of: /"((Bora|C)[A-Z]\w+)"/).map { String($0.1) })
            .filter { !$0.hasSuffix("Tests") }
        let document = try SourceFile("docs/ARCHITECTURE.md").lines.joined(separator: "\n")
        let missing = targets.filter { !document.contains("`\($0)`") }.sorted()
        #expect(targets.count > 10 && missing.isEmpty, "not in docs/ARCHITECTURE.md: \(missing)")
    }
}
