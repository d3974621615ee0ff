import ArgumentParser
import Bora
import FoundationEssentials

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the models in the hub's cache.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Hub") var hub: HubArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() throws {
        struct Document: Encodable {
            let cache: String
            let models: [ModelHub.CachedModel]
        }
        let hub = try hub.hub()
        let models = try hub.models()
        if json {
            let document = Document(cache: hub.cache, models: models)
            return try Descriptor.standardOutput.write(JSONText.of(document) + "\n")
        }
        guard !models.isEmpty else {
            return messages.note("There are no models in \(hub.cache). Fetch one with bora pull.")
        }
        var table = TextTable(["model", "revision", "size", "files", "last use"])
        for model in models {
            let revision = model.revisions + [String(model.commit.prefix(7))]
            table.append([
                model.id, revision.joined(separator: ", "), "\(ByteSize(model.bytes))",
                "\(model.files)", Self.day(model.lastUse),
            ])
        }
        try Descriptor.standardOutput.write(table.plain + "\n")
    }

    private static func day(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601.year().month().day())
    }
}
