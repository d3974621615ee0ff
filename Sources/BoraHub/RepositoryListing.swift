import BoraCore

/// What a revision of a repository holds, as the hub tells it
/// (`/api/models/ID/revision/REVISION`).
package struct RepositoryListing: Hashable, Sendable {
    /// The commit that the revision stands for.
    package let commit: String
    /// Every file, by its path.
    package let files: [String]

    package init(commit: String, files: [String]) {
        self.commit = commit
        self.files = files
    }

    /// - Parameter name: of the model, for messages.
    package init(parsing bytes: [UInt8], name: String) throws(HubError) {
        func invalid(_ what: String) -> HubError {
            HubError(.invalidAnswer, name, "the hub's list of files is not to be used: \(what)")
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes, name: name) } catch {
            throw invalid("\(error)")
        }
        guard let commit = value["sha"]?.string, HubPath.isCommit(commit) else {
            throw invalid("it names no commit")
        }
        guard let siblings = value["siblings"]?.array else { throw invalid("it has no files") }
        self.commit = commit
        files = try siblings.map { sibling throws(HubError) in
            guard let file = sibling["rfilename"]?.string else {
                throw invalid("a file has no name")
            }
            guard HubPath.isRelative(file) else {
                throw invalid("the name \(file.debugDescription) would lead out of its folder")
            }
            return file
        }
    }
}
