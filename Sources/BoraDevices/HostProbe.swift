import BoraCore
import BoraDeviceMapping

/// Reads what the machine has: memory that is really available to this process, and its cores.
///
/// The smallest of three figures is what can be used: the kernel's `MemAvailable`
/// (Documentation/filesystems/proc.rst) and, for each control group the process is in, its limit
/// less what the group holds that cannot be reclaimed (Documentation/admin-guide/cgroup-v2.rst).
package struct HostProbe: Sendable {
    /// Reads a file; tests give one that reads from a table.
    private let text: @Sendable (String) -> String?

    package init(reading text: @escaping @Sendable (String) -> String? = { SystemFile.text($0) }) {
        self.text = text
    }

    /// The memory that the CPU computes in.
    package func memory() throws(ProbeError) -> Inventory.Pool {
        guard let meminfo = text("/proc/meminfo") else {
            throw ProbeError(file: "/proc/meminfo", problem: "cannot be read")
        }
        let fields = Self.fields(of: meminfo)
        guard let total = fields["MemTotal"], total > 0 else {
            throw ProbeError(file: "/proc/meminfo", problem: "has no MemTotal")
        }
        guard let available = fields["MemAvailable"] else {
            throw ProbeError(file: "/proc/meminfo", problem: "has no MemAvailable")
        }
        var pool = Inventory.Pool(
            name: "host", totalBytes: total, availableBytes: available, source: "MemAvailable")
        for group in controlGroups() where group.limit - group.used < pool.availableBytes {
            pool = Inventory.Pool(
                name: "host", totalBytes: min(total, group.limit),
                availableBytes: max(0, group.limit - group.used), source: "cgroup \(group.path)")
        }
        return pool
    }

    /// What this process holds of the memory, mapped files apart; nil where the system does not
    /// say.
    package func residentBytes() -> Int? {
        guard let fields = text("/proc/self/status").map(Self.fields),
            let anonymous = fields["RssAnon"], let shared = fields["RssShmem"]
        else { return nil }
        return anonymous + shared
    }

    /// Physical cores that this process may run on: each `core id` of a package counts once.
    package func cores() -> Int {
        guard let cpuinfo = text("/proc/cpuinfo") else { return 1 }
        var cores = Set<String>()
        var package = ""
        var processors = 0
        for line in cpuinfo.split(separator: "\n") {
            let pair = line.split(separator: ":", maxSplits: 1).map { $0.trimmed }
            switch pair[0] {
            case "processor": processors += 1
            case "physical id": package = pair.last ?? ""
            case "core id": cores.insert(package + "/" + (pair.last ?? ""))
            default: break
            }
        }
        let physical = cores.isEmpty ? max(processors, 1) : cores.count
        return min(physical, allowedProcessors() ?? physical, quotaProcessors() ?? physical)
    }

    /// The maker's name of the CPU.
    package func model() -> String {
        let line = text("/proc/cpuinfo")?.split(separator: "\n").first {
            $0.hasPrefix("model name") || $0.hasPrefix("Model")
        }
        return line?.split(separator: ":", maxSplits: 1).last?.trimmed ?? "CPU"
    }

    /// How many processors the scheduler lets this process use (`Cpus_allowed_list: 0-3,8`).
    private func allowedProcessors() -> Int? {
        let line = text("/proc/self/status")?.split(separator: "\n").first {
            $0.hasPrefix("Cpus_allowed_list:")
        }
        guard let list = line?.split(separator: ":").last?.trimmed else { return nil }
        let counts = list.split(separator: ",").map { range -> Int in
            let bounds = range.split(separator: "-").compactMap { Int($0) }
            guard let first = bounds.first, let last = bounds.last else { return 0 }
            return max(0, last - first + 1)
        }
        let count = counts.reduce(0, +)
        return count > 0 ? count : nil
    }

    /// Whole processors of the control group's quota (`cpu.max`: microseconds per period).
    private func quotaProcessors() -> Int? {
        for directory in controlGroupDirectories() {
            let values = text("\(directory)/cpu.max")?.split(separator: " ").map { $0.trimmed }
            guard let values, values.count == 2, let quota = Int(values[0]),
                let period = Int(values[1]), period > 0
            else { continue }
            return max(1, quota / period)
        }
        return nil
    }

    private struct ControlGroup {
        let path: String
        let limit: Int
        let used: Int
    }

    /// The control groups of this process that limit memory, innermost first.
    private func controlGroups() -> [ControlGroup] {
        controlGroupDirectories().compactMap { directory in
            guard let limit = number("\(directory)/memory.max"),
                let current = number("\(directory)/memory.current")
            else { return nil }
            // Page cache of files is given back under pressure.
            let reclaimable = text("\(directory)/memory.stat")?.split(separator: "\n")
                .first { $0.hasPrefix("inactive_file ") }?.split(separator: " ").last
                .flatMap { Int($0) }
            return ControlGroup(
                path: directory, limit: limit, used: max(0, current - (reclaimable ?? 0)))
        } + legacyControlGroups()
    }

    /// Version 1 of control groups keeps its files elsewhere, and calls them otherwise.
    private func legacyControlGroups() -> [ControlGroup] {
        let directory = "/sys/fs/cgroup/memory"
        guard let limit = number("\(directory)/memory.limit_in_bytes"), limit < 1 << 60,
            let used = number("\(directory)/memory.usage_in_bytes")
        else { return [] }
        return [ControlGroup(path: directory, limit: limit, used: used)]
    }

    private func controlGroupDirectories() -> [String] {
        guard
            let line = text("/proc/self/cgroup")?.split(separator: "\n").first(where: {
                $0.hasPrefix("0::")
            })
        else { return [] }
        var names = line.dropFirst(3).split(separator: "/").map { $0.trimmed }
        var directories: [String] = []
        while true {
            directories.append((["/sys/fs/cgroup"] + names).joined(separator: "/"))
            guard !names.isEmpty else { return directories }
            names.removeLast()
        }
    }

    private func number(_ path: String) -> Int? {
        text(path).flatMap { Int($0.trimmed) }
    }

    /// `Name:  123 kB` lines, in bytes.
    private static func fields(of meminfo: String) -> [String: Int] {
        var fields: [String: Int] = [:]
        for line in meminfo.split(separator: "\n") {
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2,
                let value = pair[1].split(whereSeparator: \.isWhitespace).first,
                let kibibytes = Int(value)
            else { continue }
            fields[String(pair[0])] = kibibytes * 1024
        }
        return fields
    }
}

/// The system did not say how much memory there is.
package struct ProbeError: DescribedError {
    package let file: String
    package let problem: String

    package var category: ErrorCategory { .system }
    package var identifier: String { "probe.failed" }

    package var description: String {
        "cannot tell how much memory is free: \(file) \(problem)"
    }
}

extension StringProtocol {
    /// Without white space at either end.
    fileprivate var trimmed: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
