import BoraChatTemplates
import BoraCore

/// Renders a template over a conversation with everything in it. Traps when the template gets
/// around its limits, when two renderings differ, or when an error says nothing.
package func renderOrRefuse(_ source: ByteSource) {
    var bytes: [UInt8] = []
    for offset in 0..<source.count { bytes.append(source.bytes.integer(at: offset)) }
    // Small enough that the fuzzer gets far, large enough that loops and macros run.
    var limits = TemplateLimits()
    limits.steps = 20_000
    limits.bytes = 1 << 20
    do throws(TemplateError) {
        let template = try ChatTemplate(
            source: String(decoding: bytes, as: UTF8.self), name: "input", limits: limits)
        let clock = TemplateClock(secondsSince1970: 1_722_006_249, microseconds: 7)
        let text = try template.render(prompt, clock: clock)
        precondition(text.utf8.count <= limits.bytes, "the text is longer than allowed")
        let again = try template.render(prompt, clock: clock)
        precondition(text.utf8.elementsEqual(again.utf8), "two renderings differ")
    } catch {
        precondition(!error.message.isEmpty && error.description.contains("input"))
    }
}

private let prompt: ChatPrompt = {
    let call: Value = [
        "id": "call_1", "type": "function",
        "function": ["name": "weather", "arguments": ["city": "Málaga", "days": 2, "far": false]],
    ]
    var prompt = ChatPrompt(messages: [
        ChatPrompt.message(role: "system", content: " Be brief.\n"),
        [
            "role": "user",
            "content": [["type": "text", "text": "東京 🎉 e\u{301}"], ["type": "image"]],
        ],
        [
            "role": "assistant", "content": .none, "reasoning_content": "<think>Hm.</think>",
            "tool_calls": [call],
        ],
        ["role": "tool", "tool_call_id": "call_1", "content": "sunny"],
    ])
    prompt.tools = [
        [
            "type": "function",
            "function": [
                "name": "weather", "description": "\"'<&>",
                "parameters": ["type": "object", "properties": ["city": ["type": "string"]]],
            ],
        ]
    ]
    prompt.documents = [["title": "Foxes", "text": "A fox.\r\n"]]
    prompt.specialTokens = [("bos_token", "<s>"), ("eos_token", "</s>")]
    prompt.variables = [
        ("n", 7), ("f", 2.5), ("s", "Hello, World"), ("b", true), ("x", .none),
        ("list", [3, 1, 2]), ("d", ["a": 1, "b": ["c": [10, 20]]]),
    ]
    return prompt
}()
