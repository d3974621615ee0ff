import BoraCore

/// How long threads of this process had to wait for a processor: what other programs took while
/// something was measured.
enum ProcessorWait {
    private static let threads = "/proc/self/task"

    /// The sum over all threads since they began; 0 where the system keeps no such account
    /// (Documentation/scheduler/sched-stats.rst, `/proc/<pid>/schedstat`).
    static func seconds() -> Double {
        let names = (try? Folder(threads).names()) ?? []
        return names.reduce(0) { sum, name in
            // Nanoseconds at work, nanoseconds of waiting, turns.
            let fields = SystemFile.text("\(threads)/\(name)/schedstat")?.split(separator: " ")
            guard let fields, fields.count > 1, let waited = Double(fields[1]) else { return sum }
            return sum + waited / 1e9
        }
    }
}
