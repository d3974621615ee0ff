import BoraDeviceMapping

/// A topology file: which layers and tensors go to which devices.
///
///     0-15: gpu0          # these layers, both ends included
///     16: cpu             # one layer
///     /ffn_(up|down)/: cpu   # parts with a tensor whose name has this regular expression
package enum Topology {
    /// Reads the pins of a file, in the order in which they stand there.
    static func pins(at path: String) throws -> [Pin] {
        try pins(of: YAMLNode.document(at: path))
    }

    /// Reads the pins of a text.
    package static func pins(in text: String, file: String) throws(YAMLError) -> [Pin] {
        try pins(of: YAMLNode.document(in: text, file: file))
    }

    private static func pins(of document: YAMLNode) throws(YAMLError) -> [Pin] {
        try document.members("a topology").map { key, value throws(YAMLError) in
            let selection = try selection(key)
            let name = try value.text("the device of '\(key.text("a key"))'")
            guard let device = DeviceID(parsing: name) else {
                throw value.error("'\(name)' is no device; give gpu0, gpu1, … or cpu")
            }
            return Pin(selection, to: device, source: key.place)
        }
    }

    private static func selection(_ key: YAMLNode) throws(YAMLError) -> Pin.Selection {
        let text = try key.text("a key of a topology")
        if text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") {
            guard let pattern = TensorPattern(String(text.dropFirst().dropLast())) else {
                throw key.error("'\(text)' holds no regular expression between its slashes")
            }
            return .tensors(pattern)
        }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map {
            $0.allSatisfy(\.isASCII) && $0.first?.isNumber == true ? Int($0) : nil
        }
        guard (1...2).contains(bounds.count), let first = bounds[0],
            let last = bounds[bounds.count - 1], first <= last, last < 1 << 30
        else {
            throw key.error(
                "'\(text)' is neither a layer (16), nor layers (0-15), nor a pattern of tensor "
                    + "names (/ffn_up/)")
        }
        return .layers(first..<last + 1)
    }
}

extension Pin {
    /// Reads `PATTERN=DEVICE` as an option gives it: the pattern may hold `=` itself.
    init(override text: String) throws(OptionError) {
        guard let equals = text.lastIndex(of: "="),
            let pattern = TensorPattern(String(text[..<equals])),
            let device = DeviceID(parsing: text[text.index(after: equals)...])
        else {
            throw OptionError(
                option: "override-tensor", value: text,
                allowed: "PATTERN=DEVICE: a regular expression that is looked for in the names "
                    + "of tensors, and gpu0, gpu1, … or cpu; as ffn_(up|down)=cpu")
        }
        self.init(.tensors(pattern), to: device, source: "--override-tensor \(text)")
    }
}
