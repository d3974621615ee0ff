import BoraCLI
import Testing

@Suite struct ChatHistoryTests {
    private static func history() throws -> ChatHistory {
        var history = ChatHistory()
        history.system = "Be \"brief\"."
        history.add("One?\nTwo?", answer: "Three.")
        history.add("ä", answer: "")
        for (name, value) in [
            (.temperature, "0.7"), (.topK, "40"), (.seed, "18446744073709551615"), (.stop, "END"),
            (.stop, "a  b"), (.maxTokens, "12"),
        ] as [(ChatSettings.Name, String)] {
            try history.settings.set(name, to: value)
        }
        return history
    }

    @Test func whatIsSavedIsLoaded() throws {
        let history = try Self.history()
        let loaded = try ChatHistory(json: history.json(), path: "chat.json")
        #expect(loaded.system == history.system)
        #expect(loaded.messages == history.messages)
        #expect(loaded.messages.map(\.role) == ["user", "assistant", "user", "assistant"])
        let values = loaded.settings.values.map { "\($0.name.rawValue)=\($0.value)" }
        #expect(
            values == [
                "max-tokens=12", "temperature=0.7", "top-k=40", "seed=18446744073709551615",
                "stop=END", "stop=a  b",
            ])
    }

    @Test(arguments: [
        ("{", "chat.json is not a conversation that /save wrote"),
        (#"{"schema":1,"settings":[]}"#, "messages"),
        (#"{"schema":2,"messages":[],"settings":[]}"#, "its schema is 2"),
        (
            #"{"schema":1,"messages":[{"role":"user","content":"x"}],"settings":[]}"#,
            "the user's and the assistant's in turns"
        ),
        (
            #"{"schema":1,"messages":[{"role":"user","content":7}],"settings":[]}"#,
            "messages.Index 0.content"
        ),
        (
            #"{"schema":1,"messages":[],"settings":[{"name":"warmth","value":"3"}]}"#,
            "no setting warmth"
        ),
        (
            #"{"schema":1,"messages":[],"settings":[{"name":"top-p","value":"3"}]}"#,
            "top_p is 3"
        ),
    ])
    func otherFilesAreRefused(_ json: String, _ reason: String) {
        let error = #expect(throws: (any Error).self) {
            try ChatHistory(json: json, path: "chat.json")
        }
        #expect("\(error!)".contains(reason), "\(error!)")
    }

    @Test(
        arguments: [
            (.temperature, "warm"), (.temperature, "-1"), (.temperature, "nan"), (.topK, "1.5"),
            (.topP, "0"), (.minP, "2"), (.repetitionPenalty, "0"), (.presencePenalty, "9"),
            (.frequencyPenalty, "-3"), (.seed, "-1"), (.maxTokens, "0"), (.logprobs, "21"),
        ] as [(ChatSettings.Name, String)])
    func valuesOutsideTheirRangeAreRefused(_ name: ChatSettings.Name, _ value: String) {
        var settings = ChatSettings()
        #expect(throws: (any Error).self) { try settings.set(name, to: value) }
        #expect(settings.values.isEmpty)
    }

    @Test func withoutAValueTheModelsOwnComesBack() throws {
        var settings = try Self.history().settings
        for name in ChatSettings.Name.allCases { try settings.set(name, to: nil) }
        #expect(settings.values.isEmpty)
    }
}
