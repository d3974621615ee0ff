/// A conversation with what chat templates expect beside it, under the names that
/// `transformers.apply_chat_template` gives them.
package struct ChatPrompt: Sendable {
    /// Each a dictionary with `role`, `content` and whatever else the template reads.
    package var messages: [Value]
    /// Descriptions of functions, as JSON schemas.
    package var tools: [Value]?
    package var documents: [Value]?
    /// Whether the prompt ends where the assistant's answer begins.
    package var addsGenerationPrompt = true
    /// Texts of special tokens: `bos_token`, `eos_token`, …
    package var specialTokens: [(name: String, text: String)] = []
    /// Further variables, which come before all others of their names.
    package var variables: [(name: String, value: Value)] = []

    package init(messages: [Value]) { self.messages = messages }

    /// A message of plain text.
    package static func message(role: String, content: String) -> Value {
        ["role": .string(role), "content": .string(content)]
    }

    fileprivate var context: [(String, Value)] {
        var context: [(String, Value)] = specialTokens.map { ($0.name, .string($0.text)) }
        context.append(("messages", .list(messages)))
        context.append(("tools", tools.map(Value.list) ?? .none))
        context.append(("documents", documents.map(Value.list) ?? .none))
        context.append(("add_generation_prompt", .boolean(addsGenerationPrompt)))
        return context + variables.map { ($0.name, $0.value) }
    }
}

extension ChatTemplate {
    /// The prompt's text.
    package func render(
        _ prompt: ChatPrompt, clock: TemplateClock? = nil
    ) throws(TemplateError) -> String {
        try render(prompt.context, clock: clock)
    }
}
