import BoraCLI
import Testing

@Suite struct ChatParserTests {
    @Test(
        arguments: [
            ("/help", .help), ("  /exit ", .exit), ("/clear", .clear), ("/show", .show),
            ("/system Be brief.", .system("Be brief.")), ("/system", .system(nil)),
            ("/set temperature 0.5", .set(.temperature, "0.5")), ("/set top-k", .set(.topK, nil)),
            ("/set stop  the end ", .set(.stop, "the end")),
            ("/save a b.json", .save(path: "a b.json", replacing: false)),
            ("/save! a.json", .save(path: "a.json", replacing: true)),
            ("/load a.json", .load(path: "a.json")),
            ("What is 1/2?", .message("What is 1/2?")),
            ("\"\"\"/usr is a folder\"\"\"", .message("/usr is a folder")),
        ] as [(String, ChatEntry)])
    func aLineIsAnEntry(_ line: String, _ entry: ChatEntry) throws {
        var parser = ChatParser()
        #expect(try parser.take(line) == entry)
        #expect(!parser.isInBlock)
    }

    @Test(arguments: ["", "   ", "\"\"\"\"\"\""])
    func nothingIsNothing(_ line: String) throws {
        var parser = ChatParser()
        #expect(try parser.take(line) == nil)
        #expect(!parser.isInBlock)
    }

    @Test(
        arguments: [
            ("/fly", .unknownCommand("/fly")), ("/", .unknownCommand("/")),
            ("/set", .missingArgument("/set", "NAME")),
            ("/save", .missingArgument("/save", "FILE")),
            ("/save!", .missingArgument("/save!", "FILE")),
            ("/load ", .missingArgument("/load", "FILE")),
            ("/set warmth 3", .unknownSetting("warmth")),
            ("/exit now", .unexpectedArgument("/exit")),
        ] as [(String, ChatError.Code)])
    func whatMakesNoSenseIsSaid(_ line: String, _ code: ChatError.Code) {
        var parser = ChatParser()
        #expect(throws: ChatError(code)) { try parser.take(line) }
    }

    @Test(arguments: [
        (["\"\"\"", "one", "", " two", "\"\"\""], "one\n\n two"),
        (["\"\"\"one", "two\"\"\""], "one\ntwo"),
        (["  \"\"\" one", "/exit", "\"\"\" "], " one\n/exit"),
    ])
    func quotesHoldManyLines(_ lines: [String], _ text: String) throws {
        var parser = ChatParser()
        for line in lines.dropLast() {
            #expect(try parser.take(line) == nil)
            #expect(parser.isInBlock)
        }
        #expect(try parser.take(lines.last!) == .message(text))
        #expect(!parser.isInBlock)
    }

    @Test func aBlockCanBeForgotten() throws {
        var parser = ChatParser()
        _ = try parser.take("\"\"\"one")
        parser.reset()
        #expect(try parser.take("two") == .message("two"))
    }
}
