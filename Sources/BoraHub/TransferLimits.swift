/// How much is transferred at a time, and how long anything is waited for.
package struct TransferLimits: Sendable {
    /// Files at the same time.
    package var files = 3
    /// Ranges of one file at the same time.
    package var lanes = 4
    /// Bytes of a range. Of each file, `lanes` of them are in memory at most.
    package var chunkBytes = 8 << 20
    /// Tries until giving up, counted anew whenever bytes have come.
    package var attempts = 5
    /// Before the second try; twice as long before each further one.
    package var backoff = Duration.seconds(1)
    /// The longest wait that a server may ask for (`Retry-After`).
    package var longestBackoff = Duration.seconds(60)
    package var connectTimeout = Duration.seconds(10)
    /// Without a byte from the server.
    package var idleTimeout = Duration.seconds(30)
    /// For an answer with no file in it.
    package var answerTimeout = Duration.seconds(60)
    /// Over this time, at least one byte per millisecond has to come.
    package var slownessPeriod = Duration.seconds(60)
    /// Of an answer with no file in it.
    package var answerBytes = 32 << 20
    /// Between looks at a lock that another process holds.
    package var lockPoll = Duration.milliseconds(100)

    package init() {}
}
