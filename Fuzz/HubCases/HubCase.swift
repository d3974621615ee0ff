import BoraCore
import BoraHub

/// What the fuzz target of the hub does with its input, whose first byte says what it is: an answer
/// of the hub, a file of the cache or a name that somebody typed. Traps when something gets through
/// that could lead out of its folder.
package enum HubCase {
    /// - Throws: the error by which the input was refused.
    package static func read(_ source: ByteSource) throws {
        let bytes = (0..<source.count).map { source.bytes.integer(at: $0, as: UInt8.self) }
        guard let kind = bytes.first else { return }
        let content = Array(bytes.dropFirst())
        let text = String(decoding: content, as: UTF8.self)
        switch kind {
        case UInt8(ascii: "l"): try readListing(content)
        case UInt8(ascii: "h"): try readHeaders(text)
        case UInt8(ascii: "r"): readReference(text)
        case UInt8(ascii: "x"):
            let index = try ByteSource(name: "index", prefix: content, count: content.count)
            for file in try FileSelection.files(ofIndex: index) { check(path: file) }
        default: readName(text)
        }
    }

    /// The answer to a question for the files of a repository, and the choices among them.
    private static func readListing(_ content: [UInt8]) throws {
        let listing = try RepositoryListing(parsing: content, name: "owner/name")
        precondition(listing.commit.utf8.count == 40)
        for file in listing.files { check(path: file) }
        for choice in GGUFChoice.all(among: listing.files) {
            precondition(!choice.files.isEmpty && !choice.label.isEmpty)
        }
        for name in ["owner/name", "owner/name:Q4_K_M", "owner/name:m.gguf"] {
            let selection = try FileSelection(of: HubID(name)!, among: listing.files)
            guard case .files(let files) = selection.weights else { continue }
            precondition(Set(files + selection.companions).isSubset(of: listing.files))
        }
    }

    /// The header fields that describe a file, one a line.
    private static func readHeaders(_ text: String) throws {
        var fields: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        let description = try FileDescription(
            isRedirection: fields["Location"] != nil, name: "owner/name, file"
        ) { fields[$0] }
        check(path: description.tag)
        precondition(!description.tag.contains("/") && description.bytes >= 0)
    }

    /// A file of `refs`.
    private static func readReference(_ text: String) {
        guard let commit = CachedRepository.commit(inReference: text) else { return }
        precondition(HubPath.isCommit(commit) && text.contains(commit))
    }

    /// What may be an id.
    private static func readName(_ text: String) {
        guard let id = HubID(text) else { return }
        precondition(HubID(id.description) == id)
        check(path: id.repository)
        if let revision = id.revision { check(path: revision) }
        if let choice = id.choice { check(path: choice) }
    }

    /// Traps unless a path stays in its folder.
    private static func check(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        precondition(!parts.contains("..") && !parts.contains(".") && !parts.contains(""))
        precondition(!path.utf8.contains(0))
    }
}
