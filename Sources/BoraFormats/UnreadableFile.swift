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
        if source.count == 0 {
            return "the file is empty. Download it again"
        }
        if isSafetensors {
            return "this is a safetensors file; Bora reads GGUF. Convert the model with "
                + "llama.cpp's convert_hf_to_gguf.py, or download its GGUF"
        }
        for (prefix, explanation) in Self.prefixes where starts(with: prefix) {
            return explanation
        }
        return "this is not a GGUF file: it does not begin with the letters GGUF. Bora reads GGUF "
            + "version 2 and 3"
    }

    private static let prefixes: [(String, String)] = [
        (
            "version https://git-lfs",
            "this is a Git LFS pointer, not the file that it stands for. Run `git lfs pull` where "
                + "it was cloned, or download the file itself"
        ),
        ("<", "this is a web page, not a model. Download the file itself, not the page about it"),
        ("{", "this is a JSON file, not a model. Pass the GGUF file itself"),
        (
            "PK\u{3}\u{4}",
            "this is a ZIP archive, as PyTorch writes checkpoints; Bora reads GGUF. Convert the "
                + "model with llama.cpp's convert_hf_to_gguf.py, or download its GGUF"
        ),
        ("\u{1F}\u{8B}", "this is compressed with gzip. Decompress it first"),
        ("lmgg", obsolete), ("fmgg", obsolete), ("tjgg", obsolete),
    ]

    private static let obsolete =
        "this is a GGML file, the format before GGUF. Download the model's GGUF"

    /// A 64-bit length of a JSON header, and the header's opening brace.
    private var isSafetensors: Bool {
        guard source.count >= 10 else { return false }
        let header = source.bytes.integer(at: 0, as: UInt64.self)
        return header >= 2 && header <= UInt64(source.count - 8)
            && source.bytes.integer(at: 8, as: UInt8.self) == UInt8(ascii: "{")
    }

    private func starts(with prefix: String) -> Bool {
        let scalars = prefix.unicodeScalars
        guard source.count >= scalars.count else { return false }
        return zip(0..., scalars).allSatisfy { index, scalar in
            source.bytes.integer(at: index, as: UInt8.self) == UInt8(scalar.value)
        }
    }
}
