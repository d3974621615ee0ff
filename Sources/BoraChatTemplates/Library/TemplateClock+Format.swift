/// `datetime.strftime` of Python on Linux, in the C locale.
extension TemplateClock {
    /// A directive's result before it is padded to its width.
    private enum Field {
        /// A number, filled up to some digits.
        case number(Int, digits: Int, fill: Character = "0")
        case text(String)
        /// Other directives.
        case format(String)
    }

    /// What stands between `%` and a directive's letter, as glibc has it.
    private struct Flags {
        /// `-` fills with nothing, `_` with spaces, `0` with zeros.
        var fill: Unicode.Scalar?
        /// `^`
        var isUppercase = false
        /// `#`
        var isOppositeCase = false
        var width = 0
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    private static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    /// The time as `format` says. What is no directive stays as it is.
    func formatted(_ format: String) throws(TemplateError) -> String {
        let scalars = Array(format.unicodeScalars)
        var text = ""
        var position = 0
        while position < scalars.count {
            let start = position
            position += 1
            guard scalars[start] == "%" else {
                text.unicodeScalars.append(scalars[start])
                continue
            }
            let flags = try Self.flags(in: scalars, &position)
            if position < scalars.count,
                let part = try part(scalars[position], flags, isBare: position == start + 1)
            {
                text += part
                position += 1
            } else {
                position = min(position + 1, scalars.count)
                text.unicodeScalars.append(contentsOf: scalars[start..<position])
            }
        }
        return text
    }

    private static func flags(
        in format: [Unicode.Scalar], _ position: inout Int
    ) throws(TemplateError) -> Flags {
        var flags = Flags()
        while position < format.count, "-_0^#".unicodeScalars.contains(format[position]) {
            switch format[position] {
            case "^": flags.isUppercase = true
            case "#": flags.isOppositeCase = true
            default: flags.fill = format[position]
            }
            position += 1
        }
        while position < format.count, let digit = Int(String(format[position])) {
            flags.width = flags.width * 10 + digit
            position += 1
            guard flags.width < 100 else {
                throw TemplateError(.limit, "'strftime_now' fills up to 99 characters")
            }
        }
        // These ask for other eras or digits, which the C locale does not have, and some
        // directives do not take them.
        if position + 1 < format.count,
            let others = ["E": "aAbBdDeFgGhHIjklmMSUVwW", "O": "aAcDFxXY"][format[position]],
            !others.unicodeScalars.contains(format[position + 1])
        {
            position += 1
        }
        return flags
    }

    /// - Parameter isBare: whether the letter follows `%` itself: Python's own directives do.
    private func part(
        _ letter: Unicode.Scalar, _ flags: Flags, isBare: Bool
    ) throws(TemplateError) -> String? {
        if isBare {
            switch letter {
            case "f":
                let digits = String(microseconds)
                return String(repeating: "0", count: 6 - digits.count) + digits
            case "z", "Z": return ""  // Python's `now()` knows no time zone.
            default: break
            }
        }
        guard let field = field(letter) ?? dateField(letter) else { return nil }
        var text: String
        switch field {
        case .number(let value, let digits, let fill): text = number(value, digits, fill, flags)
        case .text(let name): text = name
        case .format(let format): text = try formatted(format)
        }
        if letter == "p", flags.isOppositeCase {
            text = text.lowercased()
        } else if flags.isUppercase ? letter != "P" : flags.isOppositeCase && isName(letter) {
            text = text.uppercased()
        }
        let missing = max(flags.width - text.count, 0)
        return String(repeating: flags.fill == "0" ? "0" : " ", count: missing) + text
    }

    private func isName(_ letter: Unicode.Scalar) -> Bool {
        "aAbBh".unicodeScalars.contains(letter)
    }

    private func number(
        _ value: Int, _ digits: Int, _ fill: Character, _ flags: Flags
    ) -> String {
        let text = String(value)
        if flags.fill == "-" { return text }
        let digits = flags.fill == "_" ? digits : max(digits, flags.width)
        let fill = flags.fill == "_" ? " " : flags.fill == "0" ? "0" : fill
        return String(repeating: fill, count: max(digits - text.count, 0)) + text
    }

    /// Times and what is made of other directives.
    private func field(_ letter: Unicode.Scalar) -> Field? {
        let hour = secondOfDay / 3600
        let hourOfHalf = (hour + 11) % 12 + 1
        return switch letter {
        case "H": .number(hour, digits: 2)
        case "k": .number(hour, digits: 2, fill: " ")
        case "I": .number(hourOfHalf, digits: 2)
        case "l": .number(hourOfHalf, digits: 2, fill: " ")
        case "M": .number(secondOfDay / 60 % 60, digits: 2)
        case "S": .number(secondOfDay % 60, digits: 2)
        case "s": .number(secondsSince1970, digits: 1)
        case "p": .text(hour < 12 ? "AM" : "PM")
        case "P": .text(hour < 12 ? "am" : "pm")
        case "c": .format("%a %b %e %H:%M:%S %Y")
        case "D", "x": .format("%m/%d/%y")
        case "F": .format("%Y-%m-%d")
        case "R": .format("%H:%M")
        case "r": .format("%I:%M:%S %p")
        case "T", "X": .format("%H:%M:%S")
        case "n": .text("\n")
        case "t": .text("\t")
        case "%": .text("%")
        default: nil
        }
    }

    private func dateField(_ letter: Unicode.Scalar) -> Field? {
        // ISO 8601: a week belongs to the year that its Thursday is in.
        let daysFromMonday = (weekday + 6) % 7
        let thursday = Self.date(daysSince1970 - daysFromMonday + 3)
        return switch letter {
        case "Y": .number(year, digits: 1)
        case "C": .number(year / 100, digits: 2)
        case "y": .number(year % 100, digits: 2)
        case "G": .number(thursday.year, digits: 1)
        case "g": .number(thursday.year % 100, digits: 2)
        case "V":
            .number(
                (Self.dayOfYear(thursday.year, thursday.month, thursday.day) - 1) / 7 + 1,
                digits: 2)
        case "U": .number((dayOfYear + 6 - weekday) / 7, digits: 2)
        case "W": .number((dayOfYear + 6 - daysFromMonday) / 7, digits: 2)
        case "m": .number(month, digits: 2)
        case "d": .number(day, digits: 2)
        case "e": .number(day, digits: 2, fill: " ")
        case "j": .number(dayOfYear, digits: 3)
        case "u": .number(weekday == 0 ? 7 : weekday, digits: 1)
        case "w": .number(weekday, digits: 1)
        case "B": .text(Self.months[month - 1])
        case "b", "h": .text(String(Self.months[month - 1].prefix(3)))
        case "A": .text(Self.weekdays[weekday])
        case "a": .text(String(Self.weekdays[weekday].prefix(3)))
        default: nil
        }
    }
}
