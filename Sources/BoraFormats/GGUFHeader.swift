import BoraCore

/// What the header of one GGUF file says.
struct GGUFHeader {
    let file: String
    let version: UInt32
    let metadata: Metadata
    let tensors: [TensorEntry]

    /// The number of files that the model is split into: 1 for a whole one.
    func partCount() throws(FormatError) -> Int {
        let count = try metadata.value("split.count", default: 1)
        guard count <= SplitName.maximumCount else {
            throw FormatError(
                .limitExceeded, file: file, subject: .key("split.count"),
                "it claims \(count) parts; a model has at most \(SplitName.maximumCount)")
        }
        return max(count, 1)
    }
}

extension Checkpoint {
    /// A model of a file, or of the parts that `llama-gguf-split` of llama.cpp made of one: the
    /// first has all metadata, each has a share of the tensors.
    ///
    /// - Parameter parts: at least one, in order.
    init(gguf parts: [GGUFHeader]) throws(FormatError) {
        let first = parts[0]
        let count = try first.partCount()
        guard parts.count == count else {
            throw FormatError(
                .missingFile, file: first.file, subject: .key("split.count"),
                "this is one of \(count) parts of a model, and the others are not with it")
        }
        if count > 1 { try Self.check(parts) }
        let tensors = parts.flatMap(\.tensors)
        var names: Set<String> = []
        for part in parts {
            for tensor in part.tensors where !names.insert(tensor.name).inserted {
                throw FormatError(
                    .duplicateTensor, file: part.file, subject: .tensor(tensor.name),
                    "another part of the model has it too")
            }
        }
        self.init(
            name: first.file,
            format: "GGUF v\(first.version)" + (count > 1 ? ", \(count) files" : ""),
            architecture: try first.metadata.require("general.architecture"),
            naming: .gguf, metadata: first.metadata, tensors: tensors)
    }

    /// Throws when the parts are not those of one model, each in its place.
    private static func check(_ parts: [GGUFHeader]) throws(FormatError) {
        for (index, part) in parts.enumerated() {
            guard try part.partCount() == parts.count else {
                throw FormatError(
                    .mismatchedFiles, file: part.file, subject: .key("split.count"),
                    "it is one of \(try part.partCount()) parts, but the first is one of "
                        + "\(parts.count)")
            }
            let number = try part.metadata.require("split.no", as: Int.self)
            guard number == index else {
                throw FormatError(
                    .mismatchedFiles, file: part.file, subject: .key("split.no"),
                    "it is part \(number), counted from 0, but its name is that of part \(index)")
            }
        }
        let found = parts.reduce(0) { $0 + $1.tensors.count }
        let expected = try parts[0].metadata.value("split.tensors.count", default: found)
        guard found == expected else {
            throw FormatError(
                .mismatchedFiles, file: parts[0].file, subject: .key("split.tensors.count"),
                "the model has \(expected) tensors, but its \(parts.count) parts hold \(found)")
        }
    }
}
