import BoraCore
import Crypto
import FoundationEssentials

/// The part of a file that has come, with the checksum of it.
struct BlobContent {
    private let file: OutputFile
    private let description: FileDescription
    private var checksum: Checksum
    private(set) var count: Int

    /// Goes on with what is there.
    init(at path: String, _ description: FileDescription) throws {
        file = try OutputFile(at: path)
        self.description = description
        checksum = Checksum(description)
        count = 0
        let found = try file.count
        guard found <= description.bytes else {
            try clear()
            return
        }
        while count < found {
            let bytes = try file.read(at: count, count: min(1 << 20, found - count))
            guard !bytes.isEmpty else { break }
            checksum.update(bytes)
            count += bytes.count
        }
    }

    mutating func append(_ bytes: [UInt8]) throws(SystemError) {
        try file.append(bytes)
        checksum.update(bytes)
        count += bytes.count
    }

    mutating func clear() throws(SystemError) {
        try file.truncate(to: 0)
        checksum = Checksum(description)
        count = 0
    }

    /// Throws unless this is the content that was announced, and it is safely on the disk.
    func verify(about subject: HubTransport.Subject) throws {
        guard count == description.bytes else {
            throw HubError(
                .wrongSize, subject.description,
                "\(count) bytes came, not the \(description.bytes) that the hub announced")
        }
        guard checksum.digest ?? description.tag == description.tag else {
            throw HubError(
                .wrongChecksum, subject.description,
                "what came is damaged: its checksum is not the one that the hub announced "
                    + "(\(description.tag)). It was removed; try again")
        }
        try file.synchronize()
    }
}

/// The checksum that names a file's content.
private enum Checksum {
    /// A large file (Git LFS): its own.
    case sha256(SHA256)
    /// A small file: that of its Git object, a header before the content.
    case git(Insecure.SHA1)
    /// The tag says nothing about the content.
    case none

    init(_ description: FileDescription) {
        if HubPath.isHexadecimal(description.tag, count: 64) {
            self = .sha256(SHA256())
        } else if HubPath.isHexadecimal(description.tag, count: 40) {
            var hash = Insecure.SHA1()
            hash.update(data: Array("blob \(description.bytes)\0".utf8))
            self = .git(hash)
        } else {
            self = .none
        }
    }

    mutating func update(_ bytes: [UInt8]) {
        switch self {
        case .sha256(var hash):
            hash.update(data: bytes)
            self = .sha256(hash)
        case .git(var hash):
            hash.update(data: bytes)
            self = .git(hash)
        case .none: break
        }
    }

    /// In hexadecimal; nil where there is none to compare.
    var digest: String? {
        switch self {
        case .sha256(let hash): Self.hexadecimal(hash.finalize())
        case .git(let hash): Self.hexadecimal(hash.finalize())
        case .none: nil
        }
    }

    private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        digest.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
