import BoraCore

extension DeviceID {
    /// Reads a device as people write it: `cpu`, `gpu0` or `gpu[0]`; nil for anything else.
    package init?(parsing text: some StringProtocol) {
        let name = text.lowercased()
        if name == "cpu" {
            self = .cpu
            return
        }
        guard name.hasPrefix("gpu") else { return nil }
        var digits = name.dropFirst(3)
        if digits.first == "[", digits.last == "]" { digits = digits.dropFirst().dropLast() }
        guard digits.allSatisfy({ ("0"..."9").contains($0) }), let ordinal = Int(digits) else {
            return nil
        }
        self = .gpu(ordinal)
    }
}

extension [DeviceID] {
    /// The devices by name, for messages: `gpu[0], gpu[1] and cpu`.
    package var list: String { map(\.description).list }
}
