import BoraChatTemplates
import FoundationEssentials
import Testing

/// What Python's Jinja makes of the same templates (`scripts/make_template_goldens.py`).
@Suite struct TemplateGoldenTests {
    private struct Goldens: Decodable {
        struct Snippet: Decodable {
            let source: String
            let text: String?
        }
        struct Rendered: Decodable {
            let template: String
            let conversation: Int
            let text: String?
        }
        let now: Int
        let microseconds: Int
        let context: GoldenValue
        let snippets: [Snippet]
        let templates: [String: String]
        let conversations: [GoldenValue]
        let rendered: [Rendered]
    }

    private let goldens: Goldens
    private let clock: TemplateClock

    init() throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(folder)/Resources/goldens.json"))
        goldens = try JSONDecoder().decode(Goldens.self, from: data)
        clock = TemplateClock(secondsSince1970: goldens.now, microseconds: goldens.microseconds)
    }

    /// The text, or nil where the template fails, as in Python.
    private func render(_ source: String, _ context: GoldenValue) -> (String?, TemplateError?) {
        do throws(TemplateError) {
            let template = try ChatTemplate(source: source, name: "golden")
            return (try template.render(context.variables, clock: clock), nil)
        } catch {
            return (nil, error)
        }
    }

    @Test func snippetsGiveWhatPythonGives() {
        #expect(goldens.snippets.count > 2500)
        for snippet in goldens.snippets {
            let (text, error) = render(snippet.source, goldens.context)
            // Python compares code points, Swift's strings characters.
            #expect(
                text.map { Array($0.utf8) } == snippet.text.map { Array($0.utf8) },
                """
                \(snippet.source)
                Python: \(snippet.text ?? "fails")
                Bora: \(text ?? error?.description ?? "")
                """)
        }
    }

    @Test func conversationsGiveWhatPythonGives() throws {
        #expect(goldens.rendered.count == goldens.templates.count * goldens.conversations.count)
        for rendered in goldens.rendered {
            let source = try #require(goldens.templates[rendered.template])
            let (text, error) = render(source, goldens.conversations[rendered.conversation])
            #expect(
                text == rendered.text,
                "\(rendered.template), \(rendered.conversation): \(error?.description ?? "")")
        }
    }
}

/// A value of the goldens: JSON in which dictionaries are lists of pairs and floats are text.
private struct GoldenValue: Decodable {
    let value: Value

    var variables: [(String, Value)] {
        guard case .dictionary(let dictionary) = value else { return [] }
        return dictionary.entries.map { ($0.key.name, $0.value) }
    }

    private enum Tag: String, CodingKey {
        case pairs
        case float
    }

    init(from decoder: any Decoder) throws {
        if let tagged = try? decoder.container(keyedBy: Tag.self) {
            if let pairs = try tagged.decodeIfPresent([[GoldenValue]].self, forKey: .pairs) {
                let entries = pairs.map { ($0[0].value.name, $0[1].value) }
                value = .dictionary(ValueDictionary(entries))
            } else {
                value = .float(Double(try tagged.decode(String.self, forKey: .float)) ?? .nan)
            }
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .none
        } else if let truth = try? container.decode(Bool.self) {
            value = .boolean(truth)
        } else if let number = try? container.decode(Int.self) {
            value = .integer(number)
        } else if let text = try? container.decode(String.self) {
            value = .string(text)
        } else {
            value = .list(try container.decode([GoldenValue].self).map(\.value))
        }
    }
}

extension Value {
    fileprivate var name: String {
        if case .string(let text) = self { text } else { "" }
    }
}
