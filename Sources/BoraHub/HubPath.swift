/// What names from the hub may be made of, where they become paths of the cache. A name with
/// something else in it could lead out of its folder.
package enum HubPath {
    /// Letters, digits, `-`, `_` and `.`.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// A path from a folder down: no empty part, none that leads up, no control character.
    package static func isRelative(_ path: String) -> Bool {
        path.utf8.count <= 1024 && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
            }
    }

    /// A branch, tag or commit (`git check-ref-format`): a path without what Git keeps for itself.
    package static func isRevision(_ text: String) -> Bool {
        isRelative(text) && !text.contains("..") && !text.contains("@{")
            && !text.contains { " ~^:?*[".contains($0) }
    }

    /// A commit's name: 40 hexadecimal digits.
    package static func isCommit(_ text: String) -> Bool { isHexadecimal(text, count: 40) }

    /// What names a blob in the cache: an entity tag without its quotes.
    package static func isTag(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.first != "."
            && text.utf8.allSatisfy(isNameByte)
    }

    static func isHexadecimal(_ text: String, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                    true
                default: false
                }
            }
    }

    /// A path as part of an address: every byte but unreserved ones and slashes written as `%XX`.
    static func escaped(_ path: String, keepingSlashes: Bool = true) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            let isPlain =
                isNameByte(byte) || byte == UInt8(ascii: "~")
                || keepingSlashes && byte == UInt8(ascii: "/")
            bytes +=
                isPlain
                ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
