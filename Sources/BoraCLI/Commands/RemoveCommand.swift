import ArgumentParser
import Bora

struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a model from the hub's cache.",
        discussion: """
            All of it; or one revision (owner/name@revision), or one choice of its GGUF files \
            (owner/name:Q4_K_M). Other programs that share the cache lose it too.
            """)

    @Argument(help: "The model, as bora list names it.")
    var id: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup(title: "Hub") var hub: HubArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() throws {
        let hub = try hub.hub()
        let removal = try hub.removal(of: id)
        let size = "\(ByteSize(removal.bytes))"
        guard try yes || isAgreed(removal, size) else {
            return messages.note("Nothing is removed.")
        }
        try hub.remove(removal)
        messages.note("Removed \(removal.name): \(size) are free again (\(removal.bytes) bytes).")
    }

    private func isAgreed(_ removal: ModelHub.Removal, _ size: String) throws -> Bool {
        guard Descriptor.standardInput.isTerminal else {
            throw ValidationError("There is nobody to ask. Say --yes to remove \(removal.name).")
        }
        try Descriptor.standardError.write("Remove \(removal.name) (\(size))? [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
