import BoraCore

/// Which safetensors file holds each tensor of a model that is spread over several:
/// `model.safetensors.index.json`, as `transformers` writes it.
struct SafetensorsIndex {
    private let source: ByteSource
    /// The tensors of each file, by the file's name.
    private var tensors: [String: Set<String>] = [:]

    init(_ source: ByteSource) throws(FormatError) {
        self.source = source
        let document = try JSONValue(reading: source)
        guard let map = document["weight_map"]?.object, !map.members.isEmpty else {
            throw FormatError(
                .missingKey, file: source.name, subject: .key("weight_map"),
                "the index does not say which file holds which tensor")
        }
        for member in map.members {
            guard let file = member.value.string, Self.isName(file) else {
                throw FormatError(
                    .invalidFileName, file: source.name, subject: .tensor(member.key),
                    "the index must give it the name of a safetensors file beside the index, "
                        + "without any folder. Download the index again from where you trust it")
            }
            tensors[file, default: []].insert(member.key)
        }
    }

    /// Names come from elsewhere: none may lead out of the folder.
    private static func isName(_ file: String) -> Bool {
        file.hasSuffix(".safetensors") && !file.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }

    /// Names of the files, sorted.
    var files: [String] { tensors.keys.sorted() }

    /// The tensors that the index finds in a file.
    ///
    /// - Parameter entries: all tensors of the file.
    func select(_ entries: [TensorEntry], of file: String) throws(FormatError) -> [TensorEntry] {
        let wanted = tensors[file, default: []]
        let selected = entries.filter { wanted.contains($0.name) }
        guard selected.count == wanted.count else {
            let missing = wanted.subtracting(selected.map(\.name)).min()!
            throw FormatError(
                .mismatchedFiles, file: source.name, subject: .tensor(missing),
                "the index finds it in \(FormatError.quoted(file)), which does not have it")
        }
        return selected
    }
}
