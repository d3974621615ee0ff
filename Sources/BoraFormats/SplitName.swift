/// The name of a part of a split GGUF file: `model-00002-of-00005.gguf`.
struct SplitName: Hashable {
    /// What the parts have in common: `model`.
    let prefix: String
    /// From 1.
    let number: Int
    let count: Int

    /// What the five digits of a name hold.
    static let maximumCount = 99_999

    /// nil when the name is not one of a part.
    init?(_ name: String) {
        guard let match = name.wholeMatch(of: /(.*)-([0-9]{5})-of-([0-9]{5})\.gguf/),
            let number = Int(match.2), let count = Int(match.3), 1...count ~= number
        else { return nil }
        self.init(prefix: String(match.1), number: number, count: count)
    }

    private init(prefix: String, number: Int, count: Int) {
        self.prefix = prefix
        self.number = number
        self.count = count
    }

    /// All parts, in order.
    var all: [SplitName] {
        (1...count).map { SplitName(prefix: prefix, number: $0, count: count) }
    }

    var name: String { "\(prefix)-\(Self.digits(number))-of-\(Self.digits(count)).gguf" }

    private static func digits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 5 - digits.count) + digits
    }
}
