import ArgumentParser
import Bora

struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch a model from the hub into the cache.",
        discussion: """
            An interrupted download goes on where it was when it is asked for again. Prints the \
            path of the model's file, or of the folder that holds its files.
            """)

    @Argument(help: "The model: owner/name, owner/name:Q4_K_M or owner/name@revision.")
    var id: String

    @OptionGroup(title: "Hub") var hub: HubArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() async throws {
        let hub = try hub.hub()
        let progress = DownloadProgress(messages)
        do {
            let path = try await Interruption.cancelling { [id] in
                try await hub.pull(id, report: progress.report)
            }
            progress.finish()
            try Descriptor.standardOutput.write(path + "\n")
        } catch {
            progress.finish()
            if error is CancellationError {
                messages.note("Interrupted. What came is kept: bora pull \(id) goes on from there.")
            }
            throw error
        }
    }
}
