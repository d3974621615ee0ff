import BoraChatTemplates
import BoraCore

/// What makes the prompt's text of a conversation: a model's chat template, or one of your own.
///
/// The language is Jinja as Python's `transformers` sets it up. Templates are not trusted: their
/// work and output are bounded.
public struct PromptTemplate: Sendable {
    /// For messages.
    private let name: String
    /// By name. `default` is for all that the others are not for, `tool_use` for conversations
    /// with tools.
    private let templates: [String: ChatTemplate]
    /// Texts of special tokens, which templates know as `bos_token`, `eos_token`, ….
    let specialTokens: [(name: String, text: String)]

    /// A template from anywhere.
    ///
    /// - Parameters:
    ///   - name: for messages.
    ///   - file: the model whose special tokens the template may use.
    /// - Throws: what is wrong with the source, by line and column.
    public init(source: String, name: String, tokensOf file: ModelFile? = nil) throws {
        self.name = name
        templates = ["default": try ChatTemplate(source: source, name: name)]
        specialTokens = try file?.specialTokens ?? []
    }

    /// The template, or templates, of a model; nil when it comes with none.
    public init?(_ file: ModelFile) throws {
        let sources = try file.chatTemplates
        guard !sources.isEmpty else { return nil }
        name = file.name
        templates = try sources.reduce(into: [:]) { templates, entry in
            let isDefault = entry.key == "default"
            templates[entry.key] = try ChatTemplate(
                source: entry.value,
                name: isDefault ? file.name : "'\(entry.key)' of \(file.name)")
        }
        specialTokens = try file.specialTokens
    }

    /// The prompt's text. A template that asks for the time gets the system's, in its time zone.
    ///
    /// - Throws: when the template refuses the conversation, or is wrong.
    public func render(_ conversation: Conversation) throws -> String {
        var prompt = ChatPrompt(messages: conversation.messages.map(\.fields.json.templateValue))
        prompt.tools = conversation.tools?.map(\.json.templateValue)
        prompt.documents = conversation.documents?.map(\.json.templateValue)
        prompt.addsGenerationPrompt = conversation.addsGenerationPrompt
        prompt.specialTokens = specialTokens
        prompt.variables = conversation.variables.map { ($0.key, $0.value.json.templateValue) }
        let now = LocalTime.now
        return try template(for: conversation).render(
            prompt,
            clock: TemplateClock(
                secondsSince1970: now.seconds, microseconds: now.microseconds,
                offsetFromUTC: now.offsetFromUTC))
    }

    private func template(for conversation: Conversation) throws -> ChatTemplate {
        if conversation.tools != nil, let template = templates["tool_use"] { return template }
        guard let template = templates["default"] else {
            throw NoDefaultTemplate(model: name, names: templates.keys.sorted())
        }
        return template
    }
}

/// A model whose templates are all for special cases.
struct NoDefaultTemplate: DescribedError {
    let model: String
    let names: [String]

    var category: ErrorCategory { .invalidInput }
    var identifier: String { "prompt.noDefaultTemplate" }
    var description: String {
        "\(model): its chat templates (\(names.joined(separator: ", "))) do not suit this "
            + "conversation, and none is named 'default'; give one with --template"
    }
}
