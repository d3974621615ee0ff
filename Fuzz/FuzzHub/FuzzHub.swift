import FuzzDriver
import HubCases

/// Answers of the hub, files of its cache, and ids.
@main struct FuzzHub {
    static func main() { fuzz { try HubCase.read($0) } }
}
