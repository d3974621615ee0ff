import BoraCore

/// The files of a repository that make up the model which was asked for. Copies of the weights in
/// formats that Bora does not read are left out.
package struct FileSelection: Hashable, Sendable {
    package enum Weights: Hashable, Sendable {
        /// None: a configuration, which can be planned.
        case none
        /// These files, in order.
        case files([String])
        /// Those that this file lists (`model.safetensors.index.json`).
        case index(String)
    }

    package let weights: Weights
    /// Small files that belong to them.
    package let companions: [String]
    /// What opens the model: the name of a file, or nil for the folder.
    package let entry: String?

    package static let configuration = "config.json"
    private static let singleFile = "model.safetensors"
    private static let index = "model.safetensors.index.json"
    private static let companionNames = [
        configuration, "generation_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "chat_template.jinja",
    ]

    /// Selects among the files of a repository.
    ///
    /// - Throws: `noModel` or `ambiguous`, with what there is.
    package init(of id: HubID, among files: [String]) throws(HubError) {
        let models = GGUFChoice.all(among: files)
        if let choice = id.choice {
            self.init(gguf: try Self.choose(choice, among: models, of: id))
        } else if files.contains(Self.singleFile) {
            self.init(.files([Self.singleFile]), among: files)
        } else if files.contains(Self.index) {
            self.init(.index(Self.index), among: files)
        } else if models.count == 1 {
            self.init(gguf: models[0])
        } else if models.count > 1 {
            throw HubError(
                .ambiguous, id.description,
                "the repository has \(models.count) models. Name one of them, as in "
                    + "\(id.repository):\(models[0].label). There are: " + Self.labels(models))
        } else if files.contains(Self.configuration), Self.otherWeights(among: files).isEmpty {
            self.init(.none, among: files)
        } else {
            throw Self.noModel(id, files)
        }
    }

    private init(gguf model: GGUFChoice) {
        weights = .files(model.files)
        companions = []
        entry = model.files[0]
    }

    private init(_ weights: Weights, among files: [String]) {
        self.weights = weights
        companions = Self.companionNames.filter(files.contains)
        entry = nil
    }

    /// The files that an index of safetensors files names.
    package static func files(ofIndex source: ByteSource) throws -> [String] {
        guard let map = try JSONValue(parsing: source)["weight_map"]?.object else {
            throw HubError(
                .invalidAnswer, source.name, "the index has no weight_map, so names no files")
        }
        var files: Set<String> = []
        for member in map.members {
            guard let file = member.value.string, HubPath.isRelative(file) else {
                throw HubError(
                    .invalidAnswer, source.name,
                    "the index puts the tensor \(member.key.debugDescription) into what is no file")
            }
            files.insert(file)
        }
        return files.sorted()
    }

    private static func choose(
        _ choice: String, among models: [GGUFChoice], of id: HubID
    ) throws(HubError) -> GGUFChoice {
        let exact = models.filter { $0.isNamed(choice) }
        let found = exact.isEmpty ? models.filter { $0.has(quantization: choice) } : exact
        if found.count == 1 { return found[0] }
        if found.count > 1 {
            throw HubError(
                .ambiguous, id.description,
                "\(found.count) models of the repository are called that. Name a file: "
                    + found.map { $0.files[0] }.joined(separator: ", "))
        }
        throw HubError(
            .noModel, id.description,
            models.isEmpty
                ? "the repository has no GGUF files to choose from"
                : "the repository has no GGUF file of that kind. There are: " + labels(models))
    }

    private static func labels(_ models: [GGUFChoice]) -> String {
        models.map(\.label).joined(separator: ", ")
    }

    private static func otherWeights(among files: [String]) -> [String] {
        files.filter { file in
            [".safetensors", ".bin", ".pth", ".pt", ".ckpt", ".onnx", ".h5", ".msgpack", ".npz"]
                .contains { file.hasSuffix($0) }
        }
    }

    private static func noModel(_ id: HubID, _ files: [String]) -> HubError {
        let weights = otherWeights(among: files)
        let shown = (weights.isEmpty ? files : weights).prefix(8).joined(separator: ", ")
        return HubError(
            .noModel, id.description,
            "the repository has no GGUF file, and no \(singleFile) or \(index) with a "
                + "\(configuration). "
                + (files.isEmpty ? "It has no file at all" : "It has: \(shown)"))
    }
}
