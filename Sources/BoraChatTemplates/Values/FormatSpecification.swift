/// How Python's `format` writes a value: `[[fill]align][sign][#][0][width][,][.precision][type]`.
/// The `%` operator's conversions are written in the same terms.
struct FormatSpecification {
    var fill: Unicode.Scalar = " "
    /// `<`, `>`, `^`, or `=` for filling between a number's sign and its digits.
    var alignment: Unicode.Scalar?
    /// What positive numbers begin with.
    var sign: Unicode.Scalar?
    var isAlternate = false
    var width = 0
    /// `,` or `_` between groups of digits.
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    init() {}

    init(_ text: String) throws(TemplateError) {
        var rest = Array(text.unicodeScalars)[...]
        func isAlignment(_ scalar: Unicode.Scalar?) -> Bool {
            scalar.map { "<>^=".unicodeScalars.contains($0) } ?? false
        }
        func take(_ set: String) -> Unicode.Scalar? {
            guard let next = rest.first, set.unicodeScalars.contains(next) else { return nil }
            return rest.removeFirst()
        }
        if isAlignment(rest.dropFirst().first) { fill = rest.removeFirst() }
        alignment = take("<>^=")
        sign = take("+- ")
        isAlternate = take("#") != nil
        if alignment == nil, take("0") != nil {
            fill = "0"
            alignment = "="
            hasZeros = true
        }
        width = try Self.takeNumber(&rest) ?? 0
        grouping = take(",_")
        if take(".") != nil {
            guard let digits = try Self.takeNumber(&rest) else {
                throw TemplateError(.value, "a format has a point without a precision")
            }
            precision = digits
        }
        type = rest.popFirst()
        guard rest.isEmpty else {
            throw TemplateError(.value, "'\(text)' is no format")
        }
    }

    /// Whether `=` comes of a `0` before the width, which texts align as they are used to.
    private var hasZeros = false

    /// Digits; `nil` when there are none.
    static func takeNumber(
        _ rest: inout ArraySlice<Unicode.Scalar>
    ) throws(TemplateError) -> Int? {
        var number: Int?
        while let next = rest.first, let digit = Character(next).wholeNumberValue, next.isASCII {
            number = (number ?? 0) * 10 + digit
            rest.removeFirst()
            guard number! <= 1 << 30 else {
                throw TemplateError(.limit, "a width or precision is too large")
            }
        }
        return number
    }

    /// Bytes that the result takes beside those of the value.
    var footprint: Int { 4 * width + 16 * (precision ?? 0) }

    // MARK: Texts

    func formatted(text: String) throws(TemplateError) -> String {
        guard type == nil || type == "s", sign == nil, !isAlternate, grouping == nil,
            alignment != "=" || hasZeros
        else {
            throw TemplateError(.value, "a string cannot be written in this format")
        }
        let kept = precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
        return padded(kept, standard: "<", isNumber: false)
    }

    func padded(_ text: String, standard: Unicode.Scalar, isNumber: Bool) -> String {
        let missing = max(width - text.length, 0)
        let before =
            switch isNumber || !hasZeros ? alignment ?? standard : standard {
            case "<": 0
            case "^": missing / 2
            default: missing
            }
        func filling(_ count: Int) -> String { String(repeating: String(fill), count: count) }
        return filling(before) + text + filling(missing - before)
    }

    // MARK: Numbers

    /// An integer, or a float of its value when the format is one of floats.
    func formatted(integer number: Int) throws(TemplateError) -> String {
        let type = type ?? "d"
        if "eEfFgG%".unicodeScalars.contains(type) { return try formatted(float: Double(number)) }
        guard precision == nil, type != "n" || grouping == nil else {
            throw TemplateError(.value, "an integer cannot be written in this format")
        }
        return try formatted(integer: number, atLeast: 0)
    }

    /// An integer of some digits at least.
    func formatted(integer number: Int, atLeast count: Int) throws(TemplateError) -> String {
        let type = type ?? "d"
        if type == "c" { return try formatted(codePoint: number) }
        let radixes: [Unicode.Scalar: (Int, String)] = [
            "d": (10, ""), "n": (10, ""), "b": (2, "0b"), "o": (8, "0o"), "x": (16, "0x"),
            "X": (16, "0X"),
        ]
        guard let (radix, prefix) = radixes[type], grouping != "," || radix == 10 else {
            throw TemplateError(.value, "an integer cannot be written in this format")
        }
        var digits = String(number.magnitude, radix: radix, uppercase: type == "X")
        digits = String(repeating: "0", count: max(count - digits.utf8.count, 0)) + digits
        return self.number(
            isNegative: number < 0, prefix: isAlternate ? prefix : "", whole: digits, rest: "",
            groupLength: radix == 10 ? 3 : 4)
    }

    private func formatted(codePoint: Int) throws(TemplateError) -> String {
        guard sign == nil, !isAlternate, grouping == nil,
            let scalar = UInt32(exactly: codePoint).flatMap({ Unicode.Scalar($0) })
        else {
            throw TemplateError(.value, "'c' writes the code of a character and no sign")
        }
        return padded(String(scalar), standard: "<", isNumber: true)
    }

    func formatted(float number: Double) throws(TemplateError) -> String {
        let isShort = self.type == nil
        let type = self.type ?? "g"
        guard "eEfFgGn%".unicodeScalars.contains(type), type != "n" || grouping == nil else {
            throw TemplateError(.value, "a float cannot be written in this format")
        }
        var text: String
        if !number.isFinite {
            text = number.isNaN ? "nan" : "inf"
        } else if isShort, precision == nil {
            text = number.magnitude.pythonText
            if isAlternate, !text.contains(".") { text = Self.withPoint(text) }
        } else {
            text = digits(number.magnitude, type, isShort: isShort)
        }
        if type == "%" { text += "%" }
        if "EFG".unicodeScalars.contains(type) { text = text.uppercased() }
        let whole = text.prefix { ("0"..."9").contains($0) }
        return self.number(
            isNegative: number.sign == .minus && !number.isNaN, prefix: "", whole: String(whole),
            rest: String(text.dropFirst(whole.count)), groupLength: 3)
    }

    /// The digits of a finite number that is not negative.
    ///
    /// - Parameter isShort: keeps a digit after the point, as `format` without a type does.
    private func digits(_ number: Double, _ type: Unicode.Scalar, isShort: Bool) -> String {
        let precision = precision ?? 6
        let expansion = DecimalExpansion(type == "%" ? number * 100 : number)
        switch type {
        case "f", "F", "%":
            let text = expansion.fixed(places: precision)
            return isAlternate && precision == 0 ? text + "." : text
        case "e", "E":
            let (digits, exponent) = expansion.scientific(places: precision)
            return scientific(digits, exponent)
        default:
            // 'g': the shorter of both, without zeros at the end.
            let places = max(precision, 1) - 1
            var (digits, exponent) = expansion.scientific(places: places)
            if exponent < -4 || exponent > places - (isShort ? 1 : 0) {
                if !isAlternate { digits = Self.withoutZeros(digits) }
                return scientific(digits, exponent)
            }
            let text = expansion.fixed(places: places - exponent)
            if isAlternate { return text.contains(".") ? text : text + "." }
            guard text.contains(".") else { return isShort ? text + ".0" : text }
            let trimmed = text.stripped(of: "0", atStart: false)
            guard trimmed.hasSuffix(".") else { return trimmed }
            return isShort ? trimmed + "0" : String(trimmed.dropLast())
        }
    }

    private func scientific(_ digits: String, _ exponent: Int) -> String {
        let point = digits.count > 1 || isAlternate ? "." : ""
        let power = abs(exponent)
        return "\(digits.prefix(1))\(point)\(digits.dropFirst())e\(exponent < 0 ? "-" : "+")"
            + (power < 10 ? "0\(power)" : "\(power)")
    }

    /// Without zeros at the end, but never without a first digit.
    private static func withoutZeros(_ digits: String) -> String {
        String(digits.prefix(1)) + String(digits.dropFirst()).stripped(of: "0", atStart: false)
    }

    private static func withPoint(_ text: String) -> String {
        let mantissa = text.prefix { $0 != "e" }
        return "\(mantissa).\(text.dropFirst(mantissa.count))"
    }

    /// A number put together from its parts and filled up.
    private func number(
        isNegative: Bool, prefix: String, whole: String, rest: String, groupLength: Int
    ) -> String {
        let sign = isNegative ? "-" : sign == "+" || sign == " " ? String(sign!) : ""
        var digits = grouped(whole, groupLength)
        guard alignment == "=" else {
            return padded(sign + prefix + digits + rest, standard: ">", isNumber: true)
        }
        let missing = width - (sign + prefix + digits + rest).length
        guard missing > 0 else { return sign + prefix + digits + rest }
        guard fill == "0", grouping != nil, !whole.isEmpty else {
            let filling = String(repeating: String(fill), count: missing)
            return sign + prefix + filling + digits + rest
        }
        // Zeros are grouped too, and a separator never comes first.
        let room = digits.length + missing
        var count = room - room / (groupLength + 1)
        if count + (count - 1) / groupLength < room { count += 1 }
        let zeros = String(repeating: "0", count: max(count - whole.utf8.count, 0))
        digits = grouped(zeros + whole, groupLength)
        return sign + prefix + digits + rest
    }

    private func grouped(_ digits: String, _ length: Int) -> String {
        guard let grouping else { return digits }
        var result = ""
        let count = digits.utf8.count
        for (index, digit) in digits.enumerated() {
            if index > 0, (count - index).isMultiple(of: length) {
                result.unicodeScalars.append(grouping)
            }
            result.append(digit)
        }
        return result
    }
}
