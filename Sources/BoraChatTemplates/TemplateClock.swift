/// The local time at which a template is rendered, for `strftime_now`.
package struct TemplateClock: Hashable, Sendable {
    private let year: Int
    private let month: Int
    private let day: Int
    /// 0 is Sunday.
    private let weekday: Int
    private let secondOfDay: Int

    /// - Parameters:
    ///   - seconds: since 1970-01-01 00:00 UTC.
    ///   - offset: seconds by which local time is ahead of UTC.
    package init(secondsSince1970 seconds: Int, offsetFromUTC offset: Int = 0) {
        let local = seconds + offset
        secondOfDay = ((local % 86_400) + 86_400) % 86_400
        let days = (local - secondOfDay) / 86_400
        weekday = ((days + 4) % 7 + 7) % 7
        (year, month, day) = Self.date(days)
    }

    /// The Gregorian date some days after 1970-01-01, by eras of 400 years that begin in March
    /// (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private var dayOfYear: Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return lengths.prefix(month - 1).reduce(day, +)
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    private static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    /// `strftime` in the C locale. A directive it does not know is an error.
    func formatted(_ format: String) throws(TemplateError) -> String {
        var text = ""
        var directives = format.unicodeScalars.makeIterator()
        while let scalar = directives.next() {
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            guard var directive = directives.next() else { break }
            let isPadded = directive != "-"
            if !isPadded, let letter = directives.next() { directive = letter }
            guard let part = part(directive, isPadded: isPadded) else {
                throw TemplateError(.unsupported, "'%\(directive)' of 'strftime_now' is not known")
            }
            text += part
        }
        return text
    }

    private func part(_ directive: Unicode.Scalar, isPadded: Bool) -> String? {
        func number(_ value: Int, _ width: Int = 2, fill: String = "0") -> String {
            let digits = String(value)
            let missing = isPadded ? max(width - digits.count, 0) : 0
            return String(repeating: fill, count: missing) + digits
        }
        let (hour, minute, second) = (secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60)
        return switch directive {
        case "Y": number(year, 4)
        case "y": number(year % 100)
        case "m": number(month)
        case "d": number(day)
        case "e": number(day, fill: " ")
        case "j": number(dayOfYear, 3)
        case "B": Self.months[month - 1]
        case "b", "h": String(Self.months[month - 1].prefix(3))
        case "A": Self.weekdays[weekday]
        case "a": String(Self.weekdays[weekday].prefix(3))
        case "w": String(weekday)
        case "u": String(weekday == 0 ? 7 : weekday)
        case "H": number(hour)
        case "I": number((hour + 11) % 12 + 1)
        case "M": number(minute)
        case "S": number(second)
        case "p": hour < 12 ? "AM" : "PM"
        case "F": "\(number(year, 4))-\(number(month))-\(number(day))"
        case "D": "\(number(month))/\(number(day))/\(number(year % 100))"
        case "T": "\(number(hour)):\(number(minute)):\(number(second))"
        case "R": "\(number(hour)):\(number(minute))"
        case "n": "\n"
        case "t": "\t"
        case "%": "%"
        default: nil
        }
    }
}
