import BoraCore
import BoraFormats

extension ModelFile {
    /// The source of the model's chat template: of a GGUF file's metadata, or of the files beside
    /// safetensors, where `chat_template.jinja` goes before `tokenizer_config.json`.
    public var chatTemplate: String? {
        get throws { try chatTemplates["default"] }
    }

    /// The sources of the model's chat templates by name. Most models have one, `default`.
    var chatTemplates: [String: String] {
        get throws {
            switch checkpoint.naming {
            case .gguf:
                return try storedTemplates
            case .transformers:
                if let file = checkpoint.companions["chat_template.jinja"] {
                    guard let text = file.bytes.text() else {
                        throw FormatError(
                            .invalidText, file: file.name, "the template is not valid UTF-8")
                    }
                    return ["default": text]
                }
                return Self.templates(in: try tokenizerSettings?["chat_template"])
            }
        }
    }

    /// `tokenizer.chat_template`, and `tokenizer.chat_template.NAME`.
    private var storedTemplates: [String: String] {
        get throws {
            let key = "tokenizer.chat_template"
            var templates: [String: String] = [:]
            templates["default"] = try checkpoint.metadata.value(key)
            for name in checkpoint.metadata.keys where name.hasPrefix(key + ".") {
                templates[String(name.dropFirst(key.count + 1))] =
                    try checkpoint.metadata.value(name)
            }
            return templates
        }
    }

    /// One template, or a list of named ones.
    private static func templates(in value: JSONValue?) -> [String: String] {
        if let template = value?.string { return ["default": template] }
        return (value?.array ?? []).reduce(into: [:]) { templates, entry in
            guard let name = entry["name"]?.string else { return }
            templates[name] = entry["template"]?.string
        }
    }

    private var tokenizerSettings: JSONValue? {
        get throws {
            try checkpoint.companions["tokenizer_config.json"].map { try JSONValue(parsing: $0) }
        }
    }

    /// The texts of special tokens by the names that templates know.
    var specialTokens: [(name: String, text: String)] {
        get throws {
            switch checkpoint.naming {
            case .gguf: try storedSpecialTokens
            case .transformers: try savedSpecialTokens
            }
        }
    }

    private var storedSpecialTokens: [(name: String, text: String)] {
        get throws {
            let metadata = checkpoint.metadata
            let pieces = try metadata.value("tokenizer.ggml.tokens", default: [String]())
            // The misspelling is the format's.
            let names = [
                ("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("sep", "seperator"),
                ("pad", "padding"), ("cls", "cls"), ("mask", "mask"),
            ]
            return try names.compactMap { name, key in
                let id = try metadata.value("tokenizer.ggml.\(key)_token_id", as: Int.self)
                guard let id, pieces.indices.contains(id) else { return nil }
                return ("\(name)_token", pieces[id])
            }
        }
    }

    /// Texts, or objects that describe a token, under names that end in `_token`; the settings of
    /// the tokenizer go before the older list of its own.
    private var savedSpecialTokens: [(name: String, text: String)] {
        get throws {
            let list = try checkpoint.companions["special_tokens_map.json"]
                .map { try JSONValue(parsing: $0) }
            var texts: [(name: String, text: String)] = []
            for settings in [try tokenizerSettings, list] {
                for member in settings?.object?.members ?? [] where member.key.hasSuffix("_token") {
                    let text = member.value.string ?? member.value["content"]?.string
                    guard let text, !text.isEmpty, !texts.contains(where: { $0.name == member.key })
                    else { continue }
                    texts.append((member.key, text))
                }
            }
            return texts
        }
    }
}
