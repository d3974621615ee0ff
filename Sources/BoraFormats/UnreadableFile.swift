import BoraCore

/// Recognizes, from its first bytes, what people most often pass in place of a model file, to say
/// what it is and what to do.
struct UnreadableFile {
    private let source: ByteSource

    init(_ source: ByteSource) { self.source = source }

    var error: FormatError {
        FormatError(.unrecognizedFile, file: source.name, offset: 0, explanation)
    }

    private var explanation: String {
        if let other { return other }
        if source.count == 0 { return "the file is empty. Download it again" }
        if SafetensorsReader.recognizes(source) {
            return "this is a safetensors file, which takes the configuration beside it. Give its "
                + "path"
        }
        if starts(with: "{") {
            return "this is a JSON file, not a model. Give the folder that it describes"
        }
        return "this is no model file that Bora knows: it is neither GGUF, which begins with these "
            + "letters, nor safetensors"
    }

    /// What the file is that stands where a model's file belongs; nil when its first bytes do not
    /// say.
    var other: String? {
        Self.prefixes.first { starts(with: $0.0) }?.1
    }

    private static let prefixes: [(String, String)] = [
        (
            "version https://git-lfs",
            "this is a Git LFS pointer, not the file that it stands for. Run `git lfs pull` where "
                + "it was cloned, or download the file itself"
        ),
        ("<!", webPage), ("<html", webPage),
        (
            "PK\u{3}\u{4}",
            "this is a ZIP archive, as PyTorch writes checkpoints. \(pickleRemedy)"
        ),
        ("\u{80}\u{2}", "this is a pickle, as PyTorch wrote checkpoints. \(pickleRemedy)"),
        ("\u{1F}\u{8B}", "this is compressed with gzip. Decompress it first"),
        ("lmgg", obsolete), ("fmgg", obsolete), ("tjgg", obsolete),
    ]

    /// What to do with weights that PyTorch pickled.
    static let pickleRemedy =
        "Bora reads safetensors and GGUF. Load the model with transformers and write it with "
        + "save_pretrained, or download a newer revision"

    private static let webPage =
        "this is a web page, not a model. Download the file itself, not the page about it"

    private static let obsolete =
        "this is a GGML file, the format before GGUF. Download the model's GGUF"

    private func starts(with prefix: String) -> Bool {
        let scalars = prefix.unicodeScalars
        guard source.knownCount >= scalars.count else { return false }
        return zip(0..., scalars).allSatisfy { index, scalar in
            source.bytes.integer(at: index, as: UInt8.self) == UInt8(scalar.value)
        }
    }
}
