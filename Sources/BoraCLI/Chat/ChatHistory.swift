import Bora
import FoundationEssentials

/// What was said in a chat, and how its answers are drawn: what `/save` writes.
package struct ChatHistory: Sendable {
    package struct Message: Codable, Equatable, Sendable {
        package let role: String
        package let content: String
    }

    package var system: String?
    /// The user's and the assistant's, in turns.
    package private(set) var messages: [Message] = []
    package var settings = ChatSettings()

    package init() {}

    /// A turn of both.
    package mutating func add(_ text: String, answer: String) {
        messages.append(Message(role: "user", content: text))
        messages.append(Message(role: "assistant", content: answer))
    }

    package mutating func clear() { messages = [] }

    /// Asks for the answer to the next message.
    func request(_ text: String) -> GenerationRequest {
        let system = system.map { [Message(role: "system", content: $0)] } ?? []
        let all = system + messages + [Message(role: "user", content: text)]
        var request = GenerationRequest(
            .messages(all.map { ChatMessage(role: $0.role, content: $0.content) }))
        request.sampling = settings.sampling
        request.maxTokens = settings.maxTokens
        request.stop = settings.stop
        return request
    }
}

/// The form of the file.
extension ChatHistory {
    private struct Document: Codable {
        struct Setting: Codable {
            let name: String
            let value: String
        }

        var schema = 1
        let system: String?
        let messages: [Message]
        let settings: [Setting]
    }

    package func json() throws -> String {
        let settings = settings.values.map {
            Document.Setting(name: $0.name.rawValue, value: $0.value)
        }
        return try JSONText.of(
            Document(system: system, messages: messages, settings: settings)) + "\n"
    }

    /// - Parameter path: for errors.
    /// - Throws: `ChatError`, or what is wrong with a setting.
    package init(json text: String, path: String) throws {
        func refuse(_ reason: String) -> ChatError {
            ChatError(.notASavedChat(path, reason: reason))
        }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        } catch let error as DecodingError {
            throw refuse(error.place)
        }
        guard document.schema == 1 else { throw refuse("its schema is \(document.schema), not 1") }
        let roles = document.messages.map(\.role)
        guard roles == roles.indices.map({ $0.isMultiple(of: 2) ? "user" : "assistant" }),
            roles.count.isMultiple(of: 2)
        else {
            throw refuse("its messages are not the user's and the assistant's in turns")
        }
        system = document.system
        messages = document.messages
        for setting in document.settings {
            guard let name = ChatSettings.Name(rawValue: setting.name) else {
                throw refuse(ChatError(.unknownSetting(setting.name)).description)
            }
            try settings.set(name, to: setting.value)
        }
    }
}

extension DecodingError {
    /// What is wrong, and where.
    fileprivate var place: String {
        let context =
            switch self {
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .keyNotFound(_, let context), .dataCorrupted(let context):
                context
            @unknown default: Context(codingPath: [], debugDescription: "\(self)")
            }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return (path.isEmpty ? "" : "\(path): ") + context.debugDescription
    }
}
