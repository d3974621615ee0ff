import BoraCore
import FoundationEssentials
import Testing

/// Files beside the tests that other programs wrote.
enum Resource {
    static func path(_ name: String) -> String {
        let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "\(folder)/Resources/\(name)"
    }

    /// A tensor as the scripts describe it.
    struct Tensor: Decodable {
        let name: String
        let shape: [Int]
        let type: ElementType
        /// In hexadecimal digits.
        let bytes: String
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: URL(filePath: path(name))))
    }
}

extension ByteSlice {
    var hexadecimal: String {
        let digits = Array("0123456789abcdef")
        let values = (0..<count).map { bytes.integer(at: $0, as: UInt8.self) }
        return String(values.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
