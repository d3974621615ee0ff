import BoraChatTemplates
import Testing

/// What a template makes of the variables.
func render(
    _ source: String, _ context: [(String, Value)] = [], limits: TemplateLimits = TemplateLimits()
) throws(TemplateError) -> String {
    try ChatTemplate(source: source, name: "test", limits: limits).render(context)
}

@Suite struct ChatTemplateTests {
    private static let chatML = """
        {% for message in messages %}\
        {{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}\
        {% endfor %}\
        {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
        """

    @Test func chatPromptsBecomeText() throws {
        let template = try ChatTemplate(source: Self.chatML, name: "chatml")
        var prompt = ChatPrompt(messages: [
            ChatPrompt.message(role: "system", content: "Be brief."),
            ChatPrompt.message(role: "user", content: "Hello"),
        ])
        let conversation = """
            <|im_start|>system
            Be brief.<|im_end|>
            <|im_start|>user
            Hello<|im_end|>

            """
        #expect(try template.render(prompt) == conversation + "<|im_start|>assistant\n")
        prompt.addsGenerationPrompt = false
        #expect(try template.render(prompt) == conversation)
    }

    @Test func promptsCarryToolsTokensAndVariables() throws {
        let template = try ChatTemplate(
            source: "{{ bos_token }} {{ tools }} {{ documents is none }} {{ thinking }}",
            name: "test")
        var prompt = ChatPrompt(messages: [])
        prompt.specialTokens = [("bos_token", "<s>")]
        prompt.variables = [("thinking", false)]
        #expect(try template.render(prompt) == "<s> None True False")
        prompt.tools = [["name": "f"]]
        prompt.variables = [("bos_token", "other")]
        #expect(try template.render(prompt) == "other [{'name': 'f'}] True ")
    }

    @Test func theClockIsTheCallers() throws {
        let template = try ChatTemplate(
            source: "{{ strftime_now('%d %b %Y, %A %H:%M:%S') }}", name: "test")
        #expect(throws: TemplateError.self) { try template.render(ChatPrompt(messages: [])) }
        let cases: [(Int, Int, String)] = [
            (0, 0, "01 Jan 1970, Thursday 00:00:00"),
            (-1, 0, "31 Dec 1969, Wednesday 23:59:59"),
            (951_782_400, 0, "29 Feb 2000, Tuesday 00:00:00"),
            (1_721_998_800, 7200, "26 Jul 2024, Friday 15:00:00"),
            (4_107_542_400, -3600, "28 Feb 2100, Sunday 23:00:00"),
        ]
        for (seconds, offset, expected) in cases {
            let clock = TemplateClock(secondsSince1970: seconds, offsetFromUTC: offset)
            let text = try template.render(ChatPrompt(messages: []), clock: clock)
            #expect(text == expected)
        }
    }

    @Test(arguments: [
        ("{{ 'a' }}\n{{ 1 + 'b' }}", TemplateError.Code.type, 2, 6),
        ("ab{{ x.y.z }}", .undefined, 1, 7),
        ("{% if a %}", .syntax, 1, 11),
        ("{% for a in b %}\n  {% endif %}", .syntax, 2, 6),
        ("{{ 'abc }}", .syntax, 1, 4),
        ("é{{ x | nothing }}", .syntax, 1, 9),
        ("{{ 1 // 0 }}", .value, 1, 6),
        ("{% include 'x' %}", .unsupported, 1, 4),
        ("\r\n\r\n{{ raise_exception('Roles must alternate') }}", .raised, 3, 19),
        ("{% macro m(a) %}{{ a.b.c }}{% endmacro %}\n{{ m({}) }}", .undefined, 1, 23),
        ("{{ [1, 2}", .syntax, 1, 9),
        ("{{ 99999999999999999999 }}", .limit, 1, 4),
    ])
    func errorsSayWhereAndWhat(
        _ source: String, _ code: TemplateError.Code, _ line: Int, _ column: Int
    ) {
        let error = #expect(throws: TemplateError.self) { () throws(TemplateError) in
            try render(source)
        }
        #expect(error?.code == code)
        #expect(error?.location?.line == line)
        #expect(error?.location?.column == column)
        #expect(error?.template == "test")
        #expect(
            error?.description.hasPrefix("chat template test, line \(line), column \(column): ")
                == true)
    }

    @Test func raisedMessagesAreTheTemplates() {
        let error = #expect(throws: TemplateError.self) { () throws(TemplateError) in
            try render("{{ raise_exception('Roles must alternate') }}")
        }
        #expect(error?.message == "Roles must alternate")
    }
}
