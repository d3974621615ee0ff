import ArgumentParser
import Bora

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Answer a prompt, or chat.",
        discussion: """
            The prompt is the arguments, --prompt, --file, or standard input. Without one, at a \
            terminal, a chat begins: /help lists its commands. Answers go to standard output as \
            they come; the device map before and the speeds after them go to standard error.

            The older style of command is taken too: bora -n "0:16;1:16" -i plain -m MODEL -a llama
            """,
        aliases: ["plain", "vision-plain"])

    @Argument(help: "The prompt.")
    var words: [String] = []

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The same as the arguments.", valueName: "text")
    )
    var prompt: String?

    @Option(help: "Read the prompt from a file.", completion: .file())
    var file: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What to tell the model before the prompt.", valueName: "text"))
    var system: String?

    @Flag(help: "Give the model the prompt as it is, without its chat template.")
    var raw = false

    @Flag(name: .shortAndLong, help: "Chat, also when standard input is no terminal.")
    var interactive = false

    @Flag(help: "Print one JSON object once the answer is complete.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Planning") var planning: PlanningArguments
    @OptionGroup(title: "Planning") var manual: ManualMapArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func validate() throws {
        let prompts = [!words.isEmpty, prompt != nil, file != nil].count { $0 }
        guard prompts <= 1 else {
            throw ValidationError("The prompt is given in more than one way.")
        }
        guard !interactive || prompts == 0 else {
            throw ValidationError("--interactive has no use for a prompt: it is typed in the chat.")
        }
        guard !(raw && system != nil) else {
            throw ValidationError("--system has no place in a prompt given with --raw.")
        }
    }

    func run() async throws {
        let words = words.isEmpty ? nil : words.joined(separator: " ")
        // A terminal is not read, and can be asked for more.
        let text =
            try interactive ? nil : TextSource.read(option: words ?? prompt, file: file)
        if text == nil { try validateChat() }
        guard text?.isEmpty != true else {
            throw ValidationError(
                "There is no prompt. Give one: bora run \"Tell me a story about a fox.\"")
        }
        let modelFile = try await model.open(for: .running, messages)
        try modelFile.requireWeights()
        let plan = try ModelPlan(
            modelFile, options: planning.runtime(mappedBy: manual.deviceLayers),
            report: messages.tellWaiting)
        messages.show(plan)
        let languageModel = try LanguageModel.load(modelFile, plan: plan, messages)
        let answer = RunAnswer(plan: plan, messages: messages, printsJSON: json)
        if let text {
            let request = try request(text, languageModel)
            try await Interruption.cancelling {
                let result = try await answer.print(languageModel.generate(request))
                guard let end = result.end, end.reason != .cancelled else {
                    throw CancellationError()
                }
                answer.report(end)
            }
        } else {
            guard languageModel.hasChatTemplate else {
                throw ValidationError(
                    "\(modelFile.name) has no chat template, so it cannot chat; give a prompt.")
            }
            var chat = Chat(languageModel, history, answer)
            try await chat.run()
        }
    }

    private func validateChat() throws {
        guard !json, !raw else {
            throw ValidationError(
                "\(json ? "--json" : "--raw") needs a prompt; a chat has no use for it.")
        }
    }

    /// A chat in which nothing has been said.
    private var history: ChatHistory {
        var history = ChatHistory()
        history.system = system
        history.settings.sampling = sampling.sampling
        history.settings.maxTokens = sampling.maxTokens
        history.settings.stop = sampling.stop
        return history
    }

    private func request(_ text: String, _ model: LanguageModel) throws -> GenerationRequest {
        let isChat = !raw && model.hasChatTemplate
        guard isChat || system == nil else {
            throw ValidationError("--system needs a model with a chat template; this has none.")
        }
        var request = history.request(text)
        if !isChat { request.prompt = .text(text) }
        return request
    }
}
