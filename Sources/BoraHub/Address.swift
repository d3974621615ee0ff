import FoundationEssentials

/// The address of something on an HTTP server.
struct Address: Hashable, Sendable, CustomStringConvertible {
    private let url: URL

    /// nil for what is no address, or none of HTTP.
    init?(_ text: String) {
        guard let url = URL(string: text) else { return nil }
        self.init(url)
    }

    private init?(_ url: URL) {
        guard ["http", "https"].contains(url.scheme?.lowercased()), url.host()?.isEmpty == false
        else { return nil }
        self.url = url
    }

    var description: String { url.absoluteString }

    /// Where a redirection sends who asked here: an address, or a path on the same server.
    func redirected(to location: String) -> Address? {
        URL(string: location, relativeTo: url).flatMap { Address($0.absoluteURL) }
    }

    /// Whether both are on one server: who may see the token of one may see it for the other.
    func hasOrigin(of other: Address) -> Bool {
        host == other.host && scheme == other.scheme && port == other.port
    }

    var host: String? { url.host()?.lowercased() }
    private var scheme: String? { url.scheme?.lowercased() }
    private var port: Int { url.port ?? (scheme == "http" ? 80 : 443) }
}
