import BoraCore
import BoraFormats

extension ModelFile {
    /// The source of the model's chat template: of a GGUF file's metadata, or of the files beside
    /// safetensors, where `chat_template.jinja` goes before `tokenizer_config.json`.
    public var chatTemplate: String? {
        get throws {
            switch checkpoint.naming {
            case .gguf:
                return try checkpoint.metadata.value("tokenizer.chat_template")
            case .transformers:
                if let file = checkpoint.companions["chat_template.jinja"] {
                    guard let text = file.bytes.text() else {
                        throw FormatError(
                            .invalidText, file: file.name, "the template is not valid UTF-8")
                    }
                    return text
                }
                guard let settings = checkpoint.companions["tokenizer_config.json"] else {
                    return nil
                }
                return try Self.template(in: JSONValue(parsing: settings)["chat_template"])
            }
        }
    }

    /// One template, or the default one of a list of named templates.
    private static func template(in value: JSONValue?) -> String? {
        value?.string
            ?? value?.array?.first { $0["name"]?.string == "default" }?["template"]?.string
    }
}
