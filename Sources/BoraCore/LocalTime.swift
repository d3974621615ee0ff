import Glibc

/// A moment as the system's clock tells it, in the system's time zone.
package struct LocalTime: Hashable, Sendable {
    /// Since 1970-01-01 00:00 UTC.
    package let seconds: Int
    /// Of the second that has begun.
    package let microseconds: Int
    /// Seconds by which local time is ahead of UTC.
    package let offsetFromUTC: Int

    package static var now: LocalTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        var fields = unsafe tm()
        unsafe localtime_r(&time.tv_sec, &fields)
        return unsafe LocalTime(
            seconds: time.tv_sec, microseconds: time.tv_nsec / 1000,
            offsetFromUTC: fields.tm_gmtoff)
    }
}
