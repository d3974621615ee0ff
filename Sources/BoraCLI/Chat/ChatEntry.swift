/// What is entered in a chat: a message to the model, or a command to the program.
package enum ChatEntry: Equatable, Sendable {
    case message(String)
    case help
    case exit
    case clear
    /// nil for none.
    case system(String?)
    /// nil for the model's own value.
    case set(ChatSettings.Name, String?)
    case show
    case save(path: String, replacing: Bool)
    case load(path: String)

    /// What `/help` prints.
    static let list = """
        /help               this list
        /system TEXT        what the model is told before the conversation; without TEXT: nothing
        /set NAME VALUE     a setting; without VALUE: as the model's files say
        /show               the system message, the settings, the length of the conversation
        /clear              forgets the conversation; keeps the system message and the settings
        /save FILE          writes the conversation to a new file; /save! replaces one
        /load FILE          goes on with a conversation that was saved
        /exit               leaves, as Ctrl-D does
        \"""                 begins and ends a message of many lines, which may begin with /
        Ctrl-C              stops an answer; twice: leaves

        Settings: \(ChatSettings.Name.allCases.map(\.rawValue).joined(separator: ", "))
        """

    /// A line that begins with `/`.
    init(command line: String) throws(ChatError) {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        let text = parts.count > 1 ? parts[1].trimmingSpaces : ""
        func argument(_ name: String) throws(ChatError) -> String {
            guard !text.isEmpty else { throw ChatError(.missingArgument(parts[0], name)) }
            return text
        }
        let isAlone = ["/help", "/exit", "/clear", "/show"].contains(parts[0])
        guard !isAlone || text.isEmpty else { throw ChatError(.unexpectedArgument(parts[0])) }
        switch parts[0] {
        case "/help": self = .help
        case "/exit": self = .exit
        case "/clear": self = .clear
        case "/show": self = .show
        case "/system": self = .system(text.isEmpty ? nil : text)
        case "/set": self = try .init(setting: argument("NAME"))
        case "/save": self = .save(path: try argument("FILE"), replacing: false)
        case "/save!": self = .save(path: try argument("FILE"), replacing: true)
        case "/load": self = .load(path: try argument("FILE"))
        default: throw ChatError(.unknownCommand(parts[0]))
        }
    }

    private init(setting text: String) throws(ChatError) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard let name = ChatSettings.Name(rawValue: parts[0]) else {
            throw ChatError(.unknownSetting(parts[0]))
        }
        self = .set(name, parts.count > 1 ? parts[1].trimmingSpaces : nil)
    }
}

extension String {
    /// Without spaces, tabs and the like at both ends.
    var trimmingSpaces: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
