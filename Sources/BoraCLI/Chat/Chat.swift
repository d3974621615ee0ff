import Bora

/// A conversation at the terminal. The answers go to standard output, all else to standard error.
///
/// The terminal edits the line; there is no library for it, so that there is none to install.
struct Chat {
    /// A terminal passes on no more of a line, and says nothing.
    private static let longestLine = 4095

    let model: LanguageModel
    let answer: RunAnswer
    var history: ChatHistory

    private var parser = ChatParser()
    /// Tokens of the context that the conversation has filled.
    private var usedTokens = 0
    private let interruption = ChatInterruption()

    init(_ model: LanguageModel, _ history: ChatHistory, _ answer: RunAnswer) {
        self.model = model
        self.history = history
        self.answer = answer
    }

    /// Goes on until the user leaves.
    mutating func run() async throws {
        answer.messages.note("/help lists the commands; Ctrl-D leaves.\n")
        try await Interruption.handling { [interruption] in
            interruption.interrupt()
        } during: {
            while let line = try nextLine() {
                guard try await take(line) else { return }
            }
            Self.say("")
        }
    }

    private mutating func nextLine() throws -> String? {
        interruption.beginTyping()
        try Descriptor.standardError.write(parser.isInBlock ? ". " : ChatInterruption.prompt)
        let line = try Descriptor.standardInput.line()
        if interruption.hasDroppedTyping { parser.reset() }
        return line
    }

    /// - Returns: whether the chat goes on.
    private mutating func take(_ line: String) async throws -> Bool {
        do {
            guard line.utf8.count < Self.longestLine else {
                parser.reset()
                throw ChatError(.lineTooLong(Self.longestLine))
            }
            guard let entry = try parser.take(line) else { return true }
            if entry == .exit { return false }
            try await take(entry)
        } catch let error as StreamError where error.isClosedPipe {
            throw error
        } catch {
            report(error)
        }
        return true
    }

    private mutating func take(_ entry: ChatEntry) async throws {
        switch entry {
        case .message(let text): try await reply(to: text)
        case .help: Self.say(ChatEntry.list)
        case .exit: break
        case .clear:
            history.clear()
            usedTokens = 0
        case .system(let text): history.system = text
        case .set(let name, let value): try history.settings.set(name, to: value)
        case .show: show()
        case .save(let path, let replacing): try save(path, replacing: replacing)
        case .load(let path):
            history = try ChatHistory(json: Descriptor.text(ofFile: path), path: path)
            usedTokens = 0
            Self.say("Goes on after \(history.messages.count) messages.")
        }
    }

    /// Prints the answer and keeps it, with what it answers, as far as it came.
    private mutating func reply(to text: String) async throws {
        let events = try model.generate(history.request(text))
        let task = Task { [answer] in try await answer.print(events) }
        interruption.beginAnswer { task.cancel() }
        let result = try await task.value
        guard !result.text.isEmpty || result.end != nil else {
            return Self.say("(Stopped before the answer began: the message is not kept.)")
        }
        history.add(text, answer: result.text)
        guard let end = result.end, end.reason != .cancelled else { return Self.say("(Stopped.)") }
        answer.report(end)
        usedTokens = end.usage.promptTokens + end.usage.generatedTokens
        if end.reason == .length, usedTokens >= model.contextLength {
            Self.say(
                "The answer is cut: the model's context of \(model.contextLength) tokens is full. "
                    + Self.remedy)
        }
        answer.messages.note("")
    }

    private func show() {
        let settings = history.settings.values.map { "\($0.name.rawValue) \($0.value)" }
            .joined(separator: ", ")
        Self.say(
            """
            Model: \(model.file.name)
            System: \(history.system ?? "(nothing)")
            Settings: \(settings.isEmpty ? "as the model's files say" : settings)
            Messages: \(history.messages.count)
            Context: \(usedTokens) of \(model.contextLength) tokens
            """)
    }

    private func save(_ path: String, replacing: Bool) throws {
        do {
            try Descriptor.write(history.json(), toFile: path, replacing: replacing)
        } catch let error as StreamError where error.isExistingFile {
            throw ChatError(.fileExists(path))
        }
        Self.say("Saved \(history.messages.count) messages.")
    }

    private func report(_ error: any Error) {
        let failure = Failure(error)
        let isFull = failure.identifier == "prompt.tooLong"
        Self.say("error: \(failure.message)" + (isFull ? ". " + Self.remedy : ""))
    }

    private static let remedy = "/clear forgets the conversation; /save keeps it in a file before."

    /// What the user asked for is shown even with --quiet.
    private static func say(_ text: String) { Descriptor.standardError.print(text) }
}
