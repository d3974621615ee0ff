import BoraCore

/// Where the hub and its cache are, and who asks: from options, else from the environment that
/// other tools share (`HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_HUB_OFFLINE`, `HF_ENDPOINT`).
package struct HubSettings: Sendable {
    /// The folder of the cache.
    package let cache: String
    /// Who asks; nil for anybody.
    package let token: String?
    /// Whether only the cache is asked.
    package let isOffline: Bool
    /// Where the hub is, without a slash at its end.
    package let endpoint: String
    package let limits: TransferLimits

    /// - Parameters:
    ///   - cache: instead of `HF_HUB_CACHE`.
    ///   - token: instead of `HF_TOKEN` and of the file `token` in `HF_HOME`.
    ///   - isOffline: true whatever `HF_HUB_OFFLINE` says.
    package init(
        environment: [String: String], cache: String? = nil, token: String? = nil,
        isOffline: Bool = false, limits: TransferLimits = TransferLimits()
    ) throws(HubError) {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        func expanded(_ path: String) -> String {
            guard path == "~" || path.hasPrefix("~/"), let home = value("HOME") else { return path }
            return home + path.dropFirst()
        }
        let home = expanded(
            value("HF_HOME") ?? (value("XDG_CACHE_HOME") ?? "~/.cache") + "/huggingface")
        self.cache = expanded(cache ?? value("HF_HUB_CACHE") ?? home + "/hub")
        guard !self.cache.hasPrefix("~") else {
            throw HubError(
                .invalidSetting, self.cache,
                "the environment has no HOME. Say where the cache is with HF_HOME or --hub-cache")
        }
        let given = token ?? value("HF_TOKEN") ?? SystemFile.text(home + "/token")
        let trimmed = given?.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        self.token = trimmed.flatMap { $0.isEmpty ? nil : $0 }
        guard self.token?.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) ?? true else {
            throw HubError(
                .invalidSetting, "the token",
                "it has spaces or characters that no token has. Set HF_TOKEN, or the file "
                    + "\(home)/token, to the token alone")
        }
        self.isOffline = isOffline || Self.isTrue(value("HF_HUB_OFFLINE"))
        var endpoint = Substring(value("HF_ENDPOINT") ?? "https://huggingface.co")
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        self.endpoint = String(endpoint)
        self.limits = limits
        guard Address(self.endpoint) != nil else {
            throw HubError(
                .invalidSetting, "HF_ENDPOINT",
                "'\(self.endpoint)' is no address of a server, as https://hub.example is")
        }
    }

    /// What huggingface_hub takes for yes.
    private static func isTrue(_ text: String?) -> Bool {
        ["1", "ON", "YES", "TRUE"].contains(text?.uppercased())
    }
}
