/// The name of a model on the hub: `owner/name`, then a choice of its GGUF files after a colon and
/// a revision after an at sign, where wanted: `owner/name:Q4_K_M@v1.0`.
package struct HubID: Hashable, Sendable, CustomStringConvertible {
    /// `owner/name`.
    package let repository: String
    /// A quantization (`Q4_K_M`) or the name of a file.
    package let choice: String?
    /// A branch, a tag or a commit; nil for the main branch.
    package var revision: String?

    /// The branch of those who name none.
    package static let mainBranch = "main"

    /// nil when the text is not such a name.
    package init?(_ text: String) {
        var rest = Substring(text)
        let repository = rest.prefix { $0 != ":" && $0 != "@" }
        rest = rest.dropFirst(repository.count)
        var choice: String?
        var revision: String?
        while let mark = rest.popFirst() {
            let part = rest.prefix { $0 != ":" && $0 != "@" }
            rest = rest.dropFirst(part.count)
            if mark == ":", choice == nil {
                choice = String(part)
            } else if mark == "@", revision == nil {
                revision = String(part)
            } else {
                return nil
            }
        }
        guard Self.isRepository(repository),
            choice.map(HubPath.isRelative) ?? true,
            revision.map(HubPath.isRevision) ?? true
        else { return nil }
        self.repository = String(repository)
        self.choice = choice
        self.revision = revision
    }

    /// A repository whose name is known to be one.
    init?(repository: String) {
        self.init(repository)
        guard choice == nil, revision == nil else { return nil }
    }

    package var description: String {
        repository + (choice.map { ":" + $0 } ?? "") + (revision.map { "@" + $0 } ?? "")
    }

    /// The hub's own rules for names (`validate_repo_id` of huggingface_hub), for those with an
    /// owner.
    private static func isRepository(_ text: Substring) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && text.utf8.count <= 96 && !text.hasSuffix(".git")
            && !text.contains("--") && !text.contains("..")
            && parts.allSatisfy { part in
                guard let first = part.first, let last = part.last else { return false }
                return !"-.".contains(first) && !"-.".contains(last)
                    && part.utf8.allSatisfy { HubPath.isNameByte($0) }
            }
    }
}
