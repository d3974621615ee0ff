import ArgumentParser
import Bora

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Answer a prompt.",
        discussion: """
            The prompt is the arguments, --prompt, --file, or standard input. The answer goes to \
            standard output as it comes; the device map before it and the speeds after it go to \
            standard error.
            """)

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

    @Flag(help: "Print one JSON object once the answer is complete.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Planning") var planning: PlanningArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func validate() throws {
        let prompts = [!words.isEmpty, prompt != nil, file != nil].count { $0 }
        guard prompts <= 1 else {
            throw ValidationError("The prompt is given in more than one way.")
        }
        guard !(raw && system != nil) else {
            throw ValidationError("--system has no place in a prompt given with --raw.")
        }
    }

    func run() async throws {
        let words = words.isEmpty ? nil : words.joined(separator: " ")
        let text = try TextSource.read(option: words ?? prompt, file: file)
        guard let text, !text.isEmpty else {
            throw ValidationError(
                "There is no prompt. Give one: bora run \"Tell me a story about a fox.\"")
        }
        let modelFile = try await model.open(for: .running, messages)
        try modelFile.requireWeights()
        let plan = try ModelPlan(modelFile, options: planning.runtime)
        messages.note("\(plan)\n")
        let languageModel = try LanguageModel.load(modelFile, plan: plan, messages)
        let request = try request(text, languageModel)
        let answer = RunAnswer(plan: plan, messages: messages, printsJSON: json)
        try await Interruption.cancelling {
            try await answer.print(languageModel.generate(request))
        }
    }

    private func request(_ text: String, _ model: LanguageModel) throws -> GenerationRequest {
        var conversation = [ChatMessage(role: "user", content: text)]
        if let system { conversation.insert(ChatMessage(role: "system", content: system), at: 0) }
        let isChat = !raw && model.hasChatTemplate
        guard isChat || system == nil else {
            throw ValidationError("--system needs a model with a chat template; this has none.")
        }
        var request = GenerationRequest(isChat ? .messages(conversation) : .text(text))
        request.sampling = sampling.sampling
        request.maxTokens = sampling.maxTokens
        request.stop = sampling.stop
        return request
    }
}
