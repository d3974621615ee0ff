import Crypto
import FoundationEssentials

/// A model repository on a `HubServer`.
package struct HubRepository: Sendable {
    package struct File: Sendable {
        package let name: String
        package let content: [UInt8]
        /// Kept on the storage, as Git LFS does it.
        package let isLarge: Bool
        /// SHA-256 of a large file, the Git object of a small one.
        package let tag: String
        /// What the hub says, where it is not so.
        package var announcedBytes: Int?

        package init(_ name: String, _ content: [UInt8], isLarge: Bool = false) {
            self.name = name
            self.content = content
            self.isLarge = isLarge
            func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
                digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            }
            tag =
                isLarge
                ? hexadecimal(SHA256.hash(data: content))
                : hexadecimal(
                    Insecure.SHA1.hash(data: Array("blob \(content.count)\0".utf8) + content))
        }
    }

    package let id: String
    package let commit: String
    package var revisions: [String]
    package var files: [File]
    /// Whoever has not this token is told that there is no such model.
    package var token: String?
    /// Whoever has not this token is told to ask for access.
    package var gate: String?

    package init(
        _ id: String, commit: String = String(repeating: "c", count: 40),
        revisions: [String] = ["main"], _ files: [File]
    ) {
        self.id = id
        self.commit = commit
        self.revisions = revisions
        self.files = files
    }

    package subscript(name: String) -> File? { files.first { $0.name == name } }
}
