import BoraCore
import BoraFormats
import TestSupport
import Testing

@Suite struct MetadataTests {
    private let metadata: Metadata

    init() throws {
        var file = GGUFBuilder()
        file.set("count", .uint32(32))
        file.set("large", .uint64(.max))
        file.set("base", .float32(10_000))
        file.set("name", .string("tale"))
        file.set("flag", .bool(true))
        file.set("tokens", .array(["a", "b", "c"].map { .string($0) }))
        file.set("types", .array([1, 3].map { .int32($0) }))
        file.set("empty", .array([]))
        file.set("escape", .string("\u{1B}[2J" + String(repeating: "x", count: 200)))
        metadata = try Checkpoint(reading: .temporary(file.build())).metadata
    }

    @Test func lookups() throws {
        #expect(try metadata.require("count", as: Int.self) == 32)
        #expect(try metadata.require("base", as: Float.self) == 10_000)
        #expect(try metadata.require("name", as: String.self) == "tale")
        #expect(try metadata.require("flag", as: Bool.self))
        #expect(try metadata.require("tokens", as: [String].self) == ["a", "b", "c"])
        #expect(try metadata.require("types", as: [Int].self) == [1, 3])
        #expect(try metadata.require("empty", as: [String].self) == [])
        #expect(try metadata.require("count", as: Double.self) == 32)
        #expect(try metadata.require("types", as: [Float].self) == [1, 3])
        #expect(try metadata.value("absent", as: Int.self) == nil)
        #expect(try metadata.value("absent", default: 7) == 7)
        #expect(try metadata.value("count", default: 7) == 32)
        #expect(metadata["absent"] == nil)
    }

    @Test func aMissingKeyIsNamed() {
        let error = #expect(throws: FormatError.self) {
            try metadata.require("llama.block_count", as: Int.self)
        }
        #expect(error?.code == .missingKey)
        #expect(error?.subject == .key("llama.block_count"))
    }

    /// Even where there is a default: it would stand for what the file says otherwise.
    @Test func anotherTypeIsAnError() {
        func refuses<Value: MetadataReadable>(_ key: String, _ fallback: Value) {
            let error = #expect(throws: FormatError.self, "\(key) as \(Value.self)") {
                try metadata.value(key, default: fallback)
            }
            #expect(error?.code == .wrongType)
            #expect(error?.subject == .key(key))
        }
        refuses("count", "")
        refuses("count", [1])
        refuses("large", 1)
        refuses("large", 1.5)
        refuses("base", 1)
        refuses("name", 1)
        refuses("flag", 1)
        refuses("tokens", "")
        refuses("tokens", [1])
        refuses("types", [""])
    }

    @Test func messagesNameBothTypes() {
        let error = #expect(throws: FormatError.self) {
            try metadata.require("name", as: [Int].self)
        }
        let text = error?.description ?? ""
        #expect(text.contains("key \"name\""))
        #expect(text.contains("an array of integers"))
        #expect(text.contains("string \"tale\""))
    }

    @Test func messagesEscapeAndCutWhatTheFileSays() {
        let error = #expect(throws: FormatError.self) {
            try metadata.require("escape", as: Int.self)
        }
        let text = error?.description ?? "\u{1B}"
        #expect(!text.contains("\u{1B}"))
        #expect(text.utf8.count < 400)
    }
}
