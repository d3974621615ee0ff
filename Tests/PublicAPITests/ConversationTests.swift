import Bora
import Testing

/// What templates see of conversations: tools, calls, reasoning, parts.
@Suite struct ConversationTests {
    @Test func messagesCarryWhatTemplatesRead() throws {
        let template = try PromptTemplate(
            source: "{% for message in messages %}{{ message | tojson }}\n{% endfor %}",
            name: "all fields")
        let call = ChatMessage.ToolCall(
            id: "call_1", name: "weather", arguments: ["city": "Málaga", "days": 2])
        let conversation = Conversation([
            ChatMessage(
                role: "user", content: [["type": "text", "text": "What is "], ["text": "it?"]]),
            ChatMessage(
                role: "assistant", content: nil, reasoningContent: "Hm.", toolCalls: [call]),
            ChatMessage(role: "tool", content: "sunny", name: "weather", toolCallID: "call_1"),
            try ChatMessage(["role": "user", "content": "Thanks", "mood": 0.5]),
        ])
        #expect(
            try template.render(conversation) == """
                {"role": "user", "content": [{"type": "text", "text": "What is "}, {"text": "it?"}]}
                {"role": "assistant", "content": null, "reasoning_content": "Hm.", \
                "tool_calls": [{"id": "call_1", "type": "function", "function": \
                {"name": "weather", "arguments": {"city": "Málaga", "days": 2}}}]}
                {"role": "tool", "content": "sunny", "name": "weather", "tool_call_id": "call_1"}
                {"role": "user", "content": "Thanks", "mood": 0.5}

                """)
        #expect(conversation.messages.map(\.role) == ["user", "assistant", "tool", "user"])
        #expect(conversation.messages.map(\.content) == ["What is it?", "", "sunny", "Thanks"])
    }

    @Test func conversationsCarryToolsDocumentsAndVariables() throws {
        let source = "{{ tools }} {{ documents }} {{ enable_thinking }} {{ add_generation_prompt }}"
        let template = try PromptTemplate(source: source, name: "test")
        var conversation = Conversation([])
        #expect(try template.render(conversation) == "None None  True")
        conversation.tools = [["name": "f"]]
        conversation.documents = []
        conversation.variables["enable_thinking"] = false
        conversation.addsGenerationPrompt = false
        #expect(try template.render(conversation) == "[{'name': 'f'}] [] False False")
    }

    @Test func requestsAreReadAsTheyAreSent() throws {
        let request = try ChatValue(
            parsing: """
                {"model": "x", "messages": [{"role": "user", "content": "Hi"}], "tools": null,
                 "documents": [{"title": "T"}], "temperature": 0}
                """)
        let conversation = try Conversation(request)
        #expect(conversation.messages == [ChatMessage(role: "user", content: "Hi")])
        #expect(conversation.tools == nil)
        #expect(conversation.documents == [["title": "T"]])
    }

    @Test(arguments: ["1", "{}", "[1]", #"{"messages": [], "tools": {}}"#])
    func otherDocumentsAreRefused(_ document: String) throws {
        let value = try ChatValue(parsing: document)
        let error = #expect(throws: (any Error).self) { try Conversation(value) }
        #expect(Failure(try #require(error)).httpStatus == 400)
    }

    @Test func theTimeIsTheSystems() throws {
        let template = try PromptTemplate(source: "{{ strftime_now('%Y') | int }}", name: "test")
        #expect(try #require(Int(template.render(Conversation([])))) >= 2025)
    }

    @Test func aModelRendersWithTools() throws {
        let model = try PublicAPITests.model.get()
        var conversation = Conversation([ChatMessage(role: "user", content: "Hi")], tools: [])
        conversation.addsGenerationPrompt = false
        #expect(try model.render(conversation) == "<|im_start|>user\nHi<|im_end|>\n")
    }
}
