import BoraCore

/// A conversation, with what its template may use beside the messages.
public struct Conversation: Hashable, Sendable {
    public var messages: [ChatMessage]
    /// Functions that the model may call, in OpenAI's format:
    /// `{"type": "function", "function": {"name": …, "parameters": …}}`. Templates tell none (nil)
    /// from an empty list.
    public var tools: [ChatValue]?
    /// Texts to answer from, as objects, for templates that know them.
    public var documents: [ChatValue]?
    /// Whether the prompt ends where the assistant's answer begins.
    public var addsGenerationPrompt = true
    /// Further variables of the template (`enable_thinking`), which come before all others of
    /// their names, special tokens and messages included.
    public var variables: [String: ChatValue] = [:]

    public init(_ messages: [ChatMessage], tools: [ChatValue]? = nil) {
        self.messages = messages
        self.tools = tools
    }

    /// A conversation as it was received: a list of messages, or an object with `messages` and
    /// maybe `tools` and `documents`, such as a request to OpenAI's chat completions, whose other
    /// members say nothing about the prompt and are passed over.
    ///
    /// - Throws: when it is neither.
    public init(_ value: ChatValue) throws {
        guard let messages = (value["messages"] ?? value).array else {
            throw ConversationError(.noMessages)
        }
        self.messages = try messages.map { try ChatMessage($0) }
        tools = try Self.list("tools", of: value)
        documents = try Self.list("documents", of: value)
    }

    private static func list(_ key: String, of value: ChatValue) throws -> [ChatValue]? {
        guard let list = value[key], !list.isNull else { return nil }
        guard let elements = list.array else { throw ConversationError(.noList(key)) }
        return elements
    }
}

/// A conversation that is not in the format of OpenAI's chat completions.
struct ConversationError: DescribedError {
    enum Code: Equatable {
        case noMessages
        case messageIsNoObject
        case noList(String)
    }

    let code: Code

    init(_ code: Code) { self.code = code }

    var category: ErrorCategory { .invalidInput }

    var identifier: String {
        switch code {
        case .noMessages: "conversation.noMessages"
        case .messageIsNoObject: "conversation.messageIsNoObject"
        case .noList: "conversation.noList"
        }
    }

    var description: String {
        switch code {
        case .noMessages:
            "a conversation is a list of messages, or an object that has one as \"messages\""
        case .messageIsNoObject:
            "each message of a conversation is an object: {\"role\": \"user\", \"content\": …}"
        case .noList(let key):
            "\"\(key)\" of a conversation is a list of objects"
        }
    }
}
