import ArgumentParser
import Bora

/// Where models are fetched from by their ids, and kept.
struct HubArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the hub's cache. (default: $HF_HUB_CACHE, or hub in $HF_HOME)",
            valueName: "dir"),
        completion: .directory)
    var hubCache: String?

    @Option(
        help: ArgumentHelp(
            "Your token for the hub. (default: $HF_TOKEN, or the file token in $HF_HOME)",
            valueName: "token"))
    var token: String?

    @Option(
        help: ArgumentHelp(
            "The branch, tag or commit of a model on the hub.", valueName: "revision"))
    var revision: String?

    @Flag(help: "Use what the hub's cache has, and no network. (default: $HF_HUB_OFFLINE)")
    var offline = false

    func hub() throws -> ModelHub {
        var options = ModelHub.Options()
        options.cache = hubCache
        options.token = token
        options.revision = revision
        options.isOffline = offline
        return try ModelHub(options)
    }
}
