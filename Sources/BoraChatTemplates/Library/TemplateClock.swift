/// The local time at which a template is rendered, for `strftime_now`.
package struct TemplateClock: Hashable, Sendable {
    let secondsSince1970: Int
    let microseconds: Int
    /// Of local time, as are all that follow.
    let daysSince1970: Int
    let year: Int
    let month: Int
    let day: Int
    /// 0 is Sunday.
    let weekday: Int
    let secondOfDay: Int

    /// - Parameters:
    ///   - seconds: since 1970-01-01 00:00 UTC.
    ///   - microseconds: of the second that has begun.
    ///   - offset: seconds by which local time is ahead of UTC.
    package init(
        secondsSince1970 seconds: Int, microseconds: Int = 0, offsetFromUTC offset: Int = 0
    ) {
        secondsSince1970 = seconds
        self.microseconds = microseconds
        let local = seconds + offset
        secondOfDay = ((local % 86_400) + 86_400) % 86_400
        daysSince1970 = (local - secondOfDay) / 86_400
        weekday = ((daysSince1970 + 4) % 7 + 7) % 7
        (year, month, day) = Self.date(daysSince1970)
    }

    /// The Gregorian date some days after 1970-01-01, by eras of 400 years that begin in March
    /// (Howard Hinnant, "chrono-compatible low-level date algorithms").
    static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
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

    /// Counted from 1.
    var dayOfYear: Int { Self.dayOfYear(year, month, day) }

    static func dayOfYear(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return lengths.prefix(month - 1).reduce(day, +)
    }
}
