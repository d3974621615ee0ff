import ArgumentParser
import Bora

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Print the prompt that a chat template makes of a conversation.",
        discussion: """
            The template is the model's own, or --template, which needs no model; with one, it may \
            use the model's special tokens. The prompt is printed byte for byte, with no newline \
            after it.

            The conversation is a JSON file in the format of OpenAI's chat completions, or \
            standard input: a list of messages, or an object with "messages" and maybe "tools" and \
            "documents".
            """)

    @Option(
        help: ArgumentHelp("The conversation.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var messages: String?

    @Option(
        help: ArgumentHelp("A Jinja template instead of the model's.", valueName: "file"),
        completion: .file(extensions: ["jinja"]))
    var template: String?

    @Option(
        help: ArgumentHelp(
            "A JSON list of the functions that the model may call.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var tools: String?

    @Option(
        help: ArgumentHelp(
            """
            A JSON object of further variables (enable_thinking, bos_token, …), which come before \
            all others.
            """, valueName: "file"),
        completion: .file(extensions: ["json"]))
    var context: String?

    @Flag(help: "End the prompt after the last message, not where the answer begins.")
    var noGenerationPrompt = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Messages") var output: MessageArguments

    func run() async throws {
        let prompt = try await promptTemplate().render(conversation())
        struct Document: Encodable {
            let text: String
        }
        let text = try json ? JSONText.of(Document(text: prompt)) + "\n" : prompt
        try Descriptor.standardOutput.write(text)
    }

    private func promptTemplate() async throws -> PromptTemplate {
        if let template {
            return try PromptTemplate(
                source: Descriptor.text(ofFile: template), name: template,
                tokensOf: model.isGiven ? await model.open(for: .reading, output) : nil)
        }
        let file = try await model.open(for: .reading, output)
        guard let template = try PromptTemplate(file) else {
            throw ValidationError("\(file.name) has no chat template. Give one with --template.")
        }
        return template
    }

    private func conversation() throws -> Conversation {
        guard let text = try TextSource.read(option: nil, file: messages) else {
            throw ValidationError("There is no conversation. Give one with --messages.")
        }
        var conversation = try Conversation(
            ChatValue(parsing: text, name: messages ?? "standard input"))
        conversation.addsGenerationPrompt = !noGenerationPrompt
        if let tools {
            guard let list = try read(tools).array else {
                throw ValidationError("\(tools) is not a list of tools.")
            }
            conversation.tools = list
        }
        if let context {
            let object = try read(context)
            guard let names = object.keys else {
                throw ValidationError("\(context) is not an object of variables.")
            }
            for name in names { conversation.variables[name] = object[name] }
        }
        return conversation
    }

    private func read(_ path: String) throws -> ChatValue {
        try ChatValue(parsing: Descriptor.text(ofFile: path), name: path)
    }
}
