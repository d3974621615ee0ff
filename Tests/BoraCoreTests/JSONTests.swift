import BoraCore
import Testing

@Suite struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), name: "test.json")
    }

    private func code(of text: String) -> JSONError.Code? {
        do {
            _ = try parse(text)
            return nil
        } catch let error as JSONError {
            #expect(error.offset >= 0 && error.offset <= text.utf8.count)
            return error.code
        } catch {
            return nil
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let value = try parse(
            #"""
             {"a": [1, -2.5, 1e3, true, false, null],
              "b": {"c": ""}, "d": "\u00e9\ud83d\ude00\n/\/"}
            """#
        )
        #expect(
            value["a"]?.array == [
                .integer(1), .number(-2.5), .number(1000), .bool(true), .bool(false), .null,
            ])
        #expect(value["b"]?["c"]?.string == "")
        #expect(value["d"]?.string == "é😀\n//")
        #expect(value["e"] == nil)
        #expect(value.object?.members.map(\.key) == ["a", "b", "d"])
    }

    /// Where each digit counts, an integer is not rounded.
    @Test func largeIntegersAreRoundedOrRefused() throws {
        #expect(try parse("18446744073709551616").number == 0x1p64)
        for (text, isTaken) in [
            ("9223372036854775807", true), ("9223372036854775808", false), ("1e300", true),
        ] {
            let value = try? JSONValue(
                parsing: Array(text.utf8), name: "test.json", largeIntegers: .refused)
            #expect((value != nil) == isTaken, "\(text)")
        }
    }

    @Test func keepsOrderAndFindsKeysOfLargeObjects() throws {
        let keys = (0..<1000).map { "k\(($0 * 7919) % 1000)" }
        let text = "{" + keys.map { "\"\($0)\": \"\($0)!\"" }.joined(separator: ",") + "}"
        let object = try #require(parse(text).object)
        #expect(object.members.map(\.key) == keys)
        for key in keys { #expect(object[key]?.string == key + "!") }
        #expect(object["k1000"] == nil)
    }

    @Test func numbersKeepTheirKind() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("-9223372036854775808") == .integer(.min))
        #expect(try parse("1000000000000000019884624838656") == .number(1e30))
        #expect(try parse("1.0") == .number(1))
        #expect(try parse("-0") == .integer(0))
        #expect(try parse("Infinity").number == .infinity)
        #expect(try parse("-Infinity").number == -.infinity)
        #expect(try parse("NaN").number?.isNaN == true)
    }

    @Test(arguments: [
        ("", JSONError.Code.truncated), ("[1,", .truncated), ("\"abc", .truncated),
        ("{\"a\"", .truncated), ("tru", .truncated), ("\"\\", .truncated),
        ("[1 2]", .unexpectedCharacter), ("{a: 1}", .unexpectedCharacter),
        ("{\"a\" 1}", .unexpectedCharacter), ("[1,]", .unexpectedCharacter),
        ("trux", .unexpectedCharacter), ("+1", .unexpectedCharacter), ("'a'", .unexpectedCharacter),
        ("\"a\nb\"", .invalidText), ("\"\\x\"", .invalidEscape), ("\"\\u12g4\"", .invalidEscape),
        ("\"\\u12\"", .invalidEscape), ("\"\\ud800\"", .invalidEscape),
        ("\"\\ud800\\u0041\"", .invalidEscape), ("\"\\udc00\"", .invalidEscape),
        ("01", .invalidNumber), ("1.", .invalidNumber), ("1e", .invalidNumber),
        ("1e999", .invalidNumber), ("{\"a\":1,\"a\":2}", .duplicateKey),
        ("1 2", .trailingCharacters), ("{}}", .trailingCharacters),
    ])
    func refuses(_ text: String, _ expected: JSONError.Code) {
        #expect(code(of: text) == expected, "\(text)")
    }

    @Test func refusesTextThatIsNotUTF8() {
        let bytes: [UInt8] = [0x22, 0xFF, 0x22]
        #expect {
            _ = try JSONValue(parsing: bytes, name: "x")
        } throws: {
            ($0 as? JSONError)?.code == .invalidText
        }
    }

    @Test func boundsNesting() throws {
        let deep = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try parse(deep(200))
        #expect(code(of: deep(201)) == .nestingTooDeep)
        #expect(code(of: String(repeating: "[", count: 1 << 20)) == .nestingTooDeep)
    }

    /// `String` takes them for equal; they are two tokens of many a vocabulary.
    @Test func tellsKeysApartThatLookAlike() throws {
        let few = "\"\u{E9}\": 1, \"e\u{301}\": 2"
        let many = (0..<20).map { ", \"k\($0)\": 0" }.joined()
        for members in [few, few + many] {
            let object = try parse("{\(members)}")
            #expect(object["\u{E9}"] == .integer(1))
            #expect(object["e\u{301}"] == .integer(2))
        }
    }

    @Test func refusesDuplicatesAmongMany() {
        let members = (0..<50).map { "\"k\($0)\": 0" } + ["\"k31\": 0"]
        #expect(code(of: "{" + members.joined(separator: ",") + "}") == .duplicateKey)
    }
}
