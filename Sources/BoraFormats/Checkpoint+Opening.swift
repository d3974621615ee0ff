import BoraCore

extension Checkpoint {
    /// Opens the model at a path and reads its headers:
    /// - a GGUF file, or any part of a split one with the others beside it,
    /// - a folder, as described at `init(in:)`,
    /// - a safetensors file or an index of such files, with `config.json` beside it,
    /// - a configuration (`config.json`) alone, which has no weights.
    ///
    /// All that the headers claim is checked against the files, so a tensor's data is where the
    /// table says.
    ///
    /// - Throws: `SystemError` when the path leads nowhere; `FormatError`.
    package init(at path: String) throws {
        if Folder(path).exists {
            try self.init(in: ModelFiles(folder: path))
        } else {
            let (files, name) = ModelFiles.beside(path)
            try self.init(name, at: path, in: files)
        }
    }

    /// Reads the headers of a GGUF model that is one file.
    package init(reading source: ByteSource) throws(FormatError) {
        try self.init(gguf: [Self.header(of: source)])
    }

    /// Finds the one model among files: that of `config.json` with `model.safetensors` or the files
    /// of `model.safetensors.index.json`, or a GGUF model, or a configuration without weights.
    package init(in files: ModelFiles) throws {
        let names = try files.names()
        let hasConfiguration = names.contains(TransformersFile.configuration)
        let models = Self.models(among: names)
        if names.contains(TransformersFile.weights) {
            try self.init(
                transformers: files, named: files.name, weights: .file(TransformersFile.weights))
        } else if names.contains(TransformersFile.index) {
            try self.init(
                transformers: files, named: files.name, weights: .index(TransformersFile.index))
        } else if let model = models.first, models.count == 1 {
            try self.init(model, at: files.path(of: model), in: files)
        } else if models.count > 1 {
            throw FormatError(
                .severalModels, file: files.name,
                "the folder holds \(models.count) models. Give the path of one of them: "
                    + FormatError.list(models))
        } else if let explanation = Self.otherWeights(among: names) {
            throw FormatError(.noModel, file: files.name, explanation)
        } else if hasConfiguration {
            try self.init(transformers: files, named: files.name, weights: .none)
        } else {
            throw FormatError(
                .noModel, file: files.name,
                "the folder holds no model: no GGUF file, and no config.json with safetensors")
        }
    }

    /// Opens the model that a file among others belongs to.
    private init(_ name: String, at path: String, in files: ModelFiles) throws {
        let source = try files.require(name)
        if GGUFReader.recognizes(source) {
            try self.init(gguf: Self.headers(of: name, source, in: files))
        } else if name.hasSuffix(".safetensors") || SafetensorsReader.recognizes(source) {
            let index = try files.open(TransformersFile.index).map { source throws(FormatError) in
                try SafetensorsIndex(source)
            }
            try self.init(
                transformers: files, named: path,
                weights: index?.files.contains(name) == true
                    ? .index(TransformersFile.index) : .file(name))
        } else if name.hasSuffix(".safetensors.index.json") {
            try self.init(transformers: files, named: path, weights: .index(name))
        } else if name.hasSuffix(".json") {
            try self.init(
                transformers: files, named: path, configuration: name, weights: .none)
        } else {
            throw UnreadableFile(source).error
        }
    }

    private static func header(of source: ByteSource) throws(FormatError) -> GGUFHeader {
        guard GGUFReader.recognizes(source) else { throw UnreadableFile(source).error }
        var reader = GGUFReader(source)
        return try reader.read()
    }

    /// The header of a GGUF file, or those of all parts when it is one of several.
    private static func headers(
        of name: String, _ source: ByteSource, in files: ModelFiles
    ) throws -> [GGUFHeader] {
        let header = try header(of: source)
        let count = try header.partCount()
        guard count > 1 else { return [header] }
        guard let split = SplitName(name), split.count == count else {
            throw FormatError(
                .invalidFileName, file: source.name,
                "this is one of \(count) parts of a model, which find each other by their names. "
                    + "Give each its name back, as NAME-00001-of-00005.gguf for the first of five")
        }
        let parts = try split.all.map { (name: $0.name, source: try files.open($0.name)) }
        let missing = parts.filter { $0.source == nil }.map(\.name)
        guard missing.isEmpty else {
            throw FormatError(
                .missingFile, file: source.name,
                "this is one of \(count) parts of a model, of which there is no "
                    + FormatError.list(missing))
        }
        return try parts.compactMap(\.source).map { source in try Self.header(of: source) }
    }

    /// The GGUF models among files: each split one by its first part, none by its projector for
    /// images, which is no model of its own.
    private static func models(among names: [String]) -> [String] {
        let all = Set(names)
        return names.filter { name in
            guard name.hasSuffix(".gguf"), !name.hasPrefix("mmproj") else { return false }
            guard let split = SplitName(name) else { return true }
            return split.all.first { all.contains($0.name) }?.name == name
        }
    }

    /// What is wrong with a folder that has weights, but none that Bora reads.
    private static func otherWeights(among names: [String]) -> String? {
        let safetensors = names.filter { $0.hasSuffix(".safetensors") }
        guard safetensors.isEmpty else {
            return "the folder has safetensors files, but neither \(TransformersFile.weights) nor "
                + "\(TransformersFile.index). Give the path of one of them: "
                + FormatError.list(safetensors)
        }
        let pickled = names.filter { name in
            [".bin", ".pth", ".pt", ".ckpt"].contains { name.hasSuffix($0) }
        }
        guard !pickled.isEmpty else { return nil }
        return "the folder has its weights only as PyTorch pickles them, which run code when they "
            + "are read: \(FormatError.list(pickled)). \(UnreadableFile.pickleRemedy)"
    }
}
