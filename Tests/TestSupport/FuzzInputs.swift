import BoraCore
import FoundationEssentials

/// What is kept of a fuzz target's inputs: its corpus, and what once broke something.
package enum FuzzInputs {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Fuzz"

    /// All inputs of a target, in an order that does not change. A target has a corpus, and
    /// regressions only once it has found something.
    ///
    /// - Parameter target: what it reads, as in the name of its folder: `GGUF`.
    package static func all(of target: String) throws -> [ByteSource] {
        let corpus = "\(folder)/Corpus/\(target)"
        let regressions = "\(folder)/Regressions/\(target)"
        var paths = try FileManager.default.contentsOfDirectory(atPath: corpus)
            .map { "\(corpus)/\($0)" }
        if FileManager.default.fileExists(atPath: regressions) {
            paths += try FileManager.default.contentsOfDirectory(atPath: regressions)
                .map { "\(regressions)/\($0)" }
        }
        return try paths.sorted().map { try ByteSource(mapping: $0) }
    }
}
