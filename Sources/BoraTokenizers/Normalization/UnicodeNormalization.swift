/// Unicode's normalization forms (UAX #15), in time that grows with the text alone but for sorting
/// the marks of one character.
struct UnicodeNormalization: Sendable {
    enum Form: String, Sendable {
        case nfc = "NFC"
        case nfd = "NFD"
        case nfkc = "NFKC"
        case nfkd = "NFKD"

        var isComposed: Bool { self == .nfc || self == .nfkc }
        var isForCompatibility: Bool { self == .nfkc || self == .nfkd }
    }

    /// A scalar with its place in the order of marks.
    private struct Mark {
        let scalar: Unicode.Scalar
        let combiningClass: UInt8
    }

    /// Full canonical and compatibility decompositions; what is not there stands for itself.
    private let canonical, compatible: [Unicode.Scalar: [Unicode.Scalar]]
    /// What becomes of two scalars, by `first << 32 | second`.
    private let compositions: [UInt64: Unicode.Scalar]

    static let shared = UnicodeNormalization(reading: Decompositions.table)

    /// Reads the table in the form that its script describes.
    private init(reading table: String) {
        var direct: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        var compatible: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        var compositions: [UInt64: Unicode.Scalar] = [:]
        var point: UInt32 = 0
        var targets: [Unicode.Scalar] = []
        var kind: Unicode.Scalar = "+"
        var number: UInt32 = 0
        /// Takes the number that ends here, and the entry, if one does.
        func finish(before next: Unicode.Scalar) {
            guard kind != "+" else {
                point += number
                return
            }
            targets.append(Unicode.Scalar(number)!)
            guard next != "." else { return }
            let source = Unicode.Scalar(point)!
            compatible[source] = targets
            if kind == "=" {
                direct[source] = targets
                if targets.count == 2, !source.properties.isFullCompositionExclusion {
                    compositions[Self.key(targets[0], targets[1])] = source
                }
            }
            targets = []
            point += 1
        }
        for scalar in table.unicodeScalars {
            switch scalar {
            case "0"..."9": number = number * 36 + scalar.value - 48
            case "a"..."z": number = number * 36 + scalar.value - 87
            default:
                finish(before: scalar)
                number = 0
                if scalar != "." { kind = scalar }
            }
        }
        finish(before: "+")
        self.compositions = compositions
        canonical = Self.complete(direct)
        self.compatible = Self.complete(compatible)
    }

    /// Decomposes what decompositions hold until nothing changes.
    private static func complete(
        _ direct: [Unicode.Scalar: [Unicode.Scalar]]
    ) -> [Unicode.Scalar: [Unicode.Scalar]] {
        func full(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
            direct[scalar].map { $0.flatMap(full) } ?? [scalar]
        }
        return direct.mapValues { $0.flatMap(full) }
    }

    private static func key(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
        UInt64(first.value) << 32 | UInt64(second.value)
    }

    func normalize(_ text: String, to form: Form) -> String {
        let decomposed = decompose(text, form)
        var result = String.UnicodeScalarView()
        if form.isComposed {
            compose(decomposed, into: &result)
        } else {
            for mark in decomposed { result.append(mark.scalar) }
        }
        return String(result)
    }

    /// The full canonical decomposition of one character, without reordering.
    func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        Hangul.decompose(scalar) ?? canonical[scalar] ?? [scalar]
    }

    private func decompose(_ text: String, _ form: Form) -> [Mark] {
        let table = form.isForCompatibility ? compatible : canonical
        var output: [Mark] = []
        output.reserveCapacity(text.utf8.count)
        // Where the marks begin that belong to the last character.
        var marks = 0
        func append(_ scalar: Unicode.Scalar) {
            // Nothing before U+0300 is a mark.
            let order =
                scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
            if order == 0 {
                Self.sort(&output, from: marks)
                marks = output.count + 1
            }
            output.append(Mark(scalar: scalar, combiningClass: order))
        }
        for scalar in text.unicodeScalars {
            if scalar.value < 0x80 {
                append(scalar)
            } else if let parts = Hangul.decompose(scalar) ?? table[scalar] {
                for part in parts { append(part) }
            } else {
                append(scalar)
            }
        }
        Self.sort(&output, from: marks)
        return output
    }

    /// Puts marks in order, those of one class in the order in which they came.
    private static func sort(_ output: inout [Mark], from start: Int) {
        guard output.count > start + 1 else { return }
        let sorted = output[start...].enumerated().sorted {
            ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
        }
        output.replaceSubrange(start..., with: sorted.map(\.element))
    }

    private func compose(_ marks: [Mark], into output: inout String.UnicodeScalarView) {
        var starter: Unicode.Scalar?
        // The marks after the starter that it did not take.
        var pending: [Unicode.Scalar] = []
        var lastClass: UInt8 = 0
        for mark in marks {
            let isBlocked = !pending.isEmpty && lastClass >= mark.combiningClass
            if let first = starter, !isBlocked, let both = composition(first, mark.scalar) {
                starter = both
            } else if mark.combiningClass == 0 {
                if let starter { output.append(starter) }
                output.append(contentsOf: pending)
                pending.removeAll(keepingCapacity: true)
                starter = mark.scalar
                lastClass = 0
            } else {
                pending.append(mark.scalar)
                lastClass = mark.combiningClass
            }
        }
        if let starter { output.append(starter) }
        output.append(contentsOf: pending)
    }

    private func composition(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar
    ) -> Unicode.Scalar? {
        guard second.value >= 0x300 else { return nil }
        return Hangul.compose(first, second) ?? compositions[Self.key(first, second)]
    }
}

/// Hangul syllables, which are computed from their letters (The Unicode Standard, 3.12).
private enum Hangul {
    static let syllables: UInt32 = 0xAC00
    static let leading: UInt32 = 0x1100
    static let vowels: UInt32 = 0x1161
    static let trailing: UInt32 = 0x11A7
    static let leadingCount: UInt32 = 19
    static let vowelCount: UInt32 = 21
    static let trailingCount: UInt32 = 28
    static let syllableCount = leadingCount * vowelCount * trailingCount

    static func decompose(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
        guard syllables..<syllables + syllableCount ~= scalar.value else { return nil }
        let index = scalar.value - syllables
        let pair = index / trailingCount
        var points = [leading + pair / vowelCount, vowels + pair % vowelCount]
        if index % trailingCount != 0 { points.append(trailing + index % trailingCount) }
        return points.map { Unicode.Scalar($0)! }
    }

    static func compose(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar
    ) -> Unicode.Scalar? {
        if leading..<leading + leadingCount ~= first.value,
            vowels..<vowels + vowelCount ~= second.value
        {
            let pair = (first.value - leading) * vowelCount + second.value - vowels
            return Unicode.Scalar(syllables + pair * trailingCount)
        }
        if syllables..<syllables + syllableCount ~= first.value,
            (first.value - syllables) % trailingCount == 0,
            trailing + 1..<trailing + trailingCount ~= second.value
        {
            return Unicode.Scalar(first.value + second.value - trailing)
        }
        return nil
    }
}
