/// A GGUF model of a repository: one file, or all parts of a split one.
package struct GGUFChoice: Hashable, Sendable {
    /// In order.
    package let files: [String]
    /// The file's name without its folder, its ending and the number of its part.
    private let stem: String

    /// The models among the files of a repository. Projectors for images are no models of their
    /// own.
    package static func all(among files: [String]) -> [GGUFChoice] {
        var parts: [String: [String]] = [:]
        for file in files.sorted() where file.hasSuffix(".gguf") {
            guard !name(of: file).hasPrefix("mmproj") else { continue }
            parts[withoutPart(file), default: []].append(file)
        }
        return parts.sorted { $0.key < $1.key }.compactMap { key, files in
            let stem = String(name(of: key))
            return stem.isEmpty ? nil : GGUFChoice(files: files, stem: stem)
        }
    }

    /// Whether every part is among the files.
    var isWhole: Bool {
        guard let match = files[0].firstMatch(of: /-[0-9]{5}-of-([0-9]{5})\.gguf$/) else {
            return true
        }
        return Int(match.1) == files.count
    }

    /// What to write after the colon: the quantization where the name ends with one, else the name.
    package var label: String {
        stem.firstMatch(of: /(?i)[-._]((?:UD-)?(?:IQ|Q|TQ|F|BF|FP|MXFP)[0-9][0-9A-Z_]*)$/)
            .map { String($0.1) } ?? stem
    }

    /// Whether a choice means this model, among others perhaps.
    func matches(_ choice: String) -> Bool { isNamed(choice) || has(quantization: choice) }

    /// Whether this is the name of the model, of its file or of one of its parts.
    func isNamed(_ choice: String) -> Bool {
        choice == stem || files.contains { $0 == choice || Self.name(of: $0) == choice }
    }

    /// Whether the name contains a quantization as a word of its own, in either case: `Q4_K` is not
    /// in `Q4_K_M`, nor `Q4_XS` in `IQ4_XS`.
    func has(quantization: String) -> Bool {
        let stem = stem.lowercased()
        return stem.ranges(of: quantization.lowercased()).contains { range in
            let before = stem[..<range.lowerBound].last
            let after = stem[range.upperBound...].first
            return before.map { "-._".contains($0) } ?? true
                && after.map { "-.".contains($0) } ?? true
        }
    }

    private static func name(of path: String) -> Substring {
        path.split(separator: "/").last ?? ""
    }

    /// `folder/model-00002-of-00005.gguf` without `-00002-of-00005.gguf`.
    private static func withoutPart(_ path: String) -> String {
        path.replacing(/(-[0-9]{5}-of-[0-9]{5})?\.gguf$/, with: "")
    }
}
