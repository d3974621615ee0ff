import BoraCore

/// A message of a conversation, as chat templates see it: an object with a `role`, `content` and
/// whatever else the template reads, in the format of OpenAI's chat completions.
public struct ChatMessage: Hashable, Sendable {
    /// A call of a function that the model asked for.
    public struct ToolCall: Hashable, Sendable {
        /// By which the result (a message of the role `tool`) refers to the call.
        public let id: String?
        public let name: String
        /// An object, or the text of one: templates differ in what they take.
        public let arguments: ChatValue

        public init(id: String? = nil, name: String, arguments: ChatValue) {
            self.id = id
            self.name = name
            self.arguments = arguments
        }

        fileprivate var value: ChatValue {
            let function: ChatValue = ["name": ChatValue(name), "arguments": arguments]
            let call: [(key: String, value: ChatValue)] = [
                ("type", "function"), ("function", function),
            ]
            return ChatValue(members: (id.map { [("id", ChatValue($0))] } ?? []) + call)
        }
    }

    /// Every field that templates see, in order.
    public let fields: ChatValue

    public init(role: String, content: String) {
        self.init(role: role, content: ChatValue(content))
    }

    /// A message with more than text. What is nil or empty is left out, except the content.
    ///
    /// - Parameters:
    ///   - role: `system`, `user`, `assistant`, `tool`, or what the template knows besides.
    ///   - content: text, a list of parts (`{"type": "text", "text": …}`), or nothing (`nil`), as
    ///     beside tool calls.
    ///   - name: of the speaker, or of the function whose result this is.
    ///   - toolCallID: the call whose result this is.
    ///   - reasoningContent: what the assistant thought before its answer.
    public init(
        role: String, content: ChatValue, name: String? = nil, toolCallID: String? = nil,
        reasoningContent: String? = nil, toolCalls: [ToolCall] = []
    ) {
        var members: [(key: String, value: ChatValue)] = [
            ("role", ChatValue(role)), ("content", content),
        ]
        let texts = [
            ("name", name), ("tool_call_id", toolCallID), ("reasoning_content", reasoningContent),
        ]
        for case (let key, let text?) in texts { members.append((key, ChatValue(text))) }
        if !toolCalls.isEmpty { members.append(("tool_calls", ChatValue(toolCalls.map(\.value)))) }
        fields = ChatValue(members: members)
    }

    /// A message as it was received, with all of its fields.
    ///
    /// - Throws: when it is not an object.
    public init(_ fields: ChatValue) throws {
        guard fields.keys != nil else { throw ConversationError(.messageIsNoObject) }
        self.fields = fields
    }

    /// `system`, `user`, `assistant`, …; empty when there is none.
    public var role: String { fields["role"]?.string ?? "" }

    /// The text of the content; of a list of parts, the texts of its parts.
    public var content: String {
        let content = fields["content"]
        return content?.string
            ?? content?.array?.compactMap { $0["text"]?.string }.joined() ?? ""
    }
}
