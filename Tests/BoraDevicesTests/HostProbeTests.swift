import BoraCore
import BoraDeviceMapping
import BoraDevices
import Testing

@Suite struct HostProbeTests {
    private static let meminfo = "MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 600 kB\n"

    private static func probe(_ files: [String: String]) -> HostProbe {
        HostProbe { files[$0] }
    }

    @Test func usesAvailableMemoryNotFreeMemory() throws {
        let pool = try Self.probe(["/proc/meminfo": Self.meminfo]).memory()
        #expect(pool.totalBytes == 1000 * 1024)
        #expect(pool.availableBytes == 600 * 1024)
        #expect(pool.source == "MemAvailable")
    }

    @Test func aControlGroupLimitCounts() throws {
        let pool = try Self.probe([
            "/proc/meminfo": Self.meminfo,
            "/proc/self/cgroup": "0::/a/b\n",
            "/sys/fs/cgroup/a/b/memory.max": "max\n",
            "/sys/fs/cgroup/a/b/memory.current": "1\n",
            "/sys/fs/cgroup/a/memory.max": "409600\n",
            "/sys/fs/cgroup/a/memory.current": "204800\n",
            "/sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 102400\n",
        ]).memory()
        #expect(pool.totalBytes == 409_600)
        #expect(pool.availableBytes == 409_600 - 204_800 + 102_400)
        #expect(pool.source == "cgroup /sys/fs/cgroup/a")
    }

    @Test func versionOneControlGroupsCountAndTheirNoLimitDoesNot() throws {
        let limit = "/sys/fs/cgroup/memory/memory.limit_in_bytes"
        let used = "/sys/fs/cgroup/memory/memory.usage_in_bytes"
        let limited = try Self.probe([
            "/proc/meminfo": Self.meminfo, limit: "500000\n", used: "100000\n",
        ]).memory()
        #expect(limited.availableBytes == 400_000)
        let unlimited = try Self.probe([
            "/proc/meminfo": Self.meminfo, limit: "9223372036854771712\n", used: "100000\n",
        ]).memory()
        #expect(unlimited.availableBytes == 600 * 1024)
    }

    @Test func saysWhenTheSystemDoesNotTell() {
        #expect(throws: ProbeError.self) { try Self.probe([:]).memory() }
        #expect(throws: ProbeError.self) {
            try Self.probe(["/proc/meminfo": "MemTotal: 5 kB\n"]).memory()
        }
    }

    @Test func countsPhysicalCoresAllowedToThisProcess() {
        let cpuinfo = (0..<8).map {
            "processor : \($0)\nphysical id : 0\ncore id : \($0 / 2)\nmodel name : Test CPU\n"
        }.joined(separator: "\n")
        #expect(Self.probe(["/proc/cpuinfo": cpuinfo]).cores() == 4)
        #expect(Self.probe(["/proc/cpuinfo": cpuinfo]).model() == "Test CPU")
        let status = "Name: x\nCpus_allowed_list:\t0-1,3\n"
        #expect(
            Self.probe(["/proc/cpuinfo": cpuinfo, "/proc/self/status": status]).cores() == 3)
        #expect(
            Self.probe([
                "/proc/cpuinfo": cpuinfo, "/proc/self/cgroup": "0::/\n",
                "/sys/fs/cgroup/cpu.max": "200000 100000\n",
            ]).cores() == 2)
        #expect(Self.probe([:]).cores() == 1)
    }

    @Test func mappedFilesAreNotHeld() {
        let status = "RssAnon:\t    1200 kB\nRssFile:\t   77000 kB\nRssShmem:\t      34 kB\n"
        #expect(Self.probe(["/proc/self/status": status]).residentBytes() == 1234 << 10)
        #expect(Self.probe(["/proc/self/status": "RssAnon:\t 1 kB\n"]).residentBytes() == nil)
        #expect(Self.probe([:]).residentBytes() == nil)
    }

    @Test func thisMachineHasMemoryAndCores() throws {
        let pool = try HostProbe().memory()
        #expect(pool.totalBytes >= pool.availableBytes && pool.availableBytes > 0)
        #expect(HostProbe().cores() >= 1)
        #expect(HostProbe().residentBytes().map { $0 > 1 << 20 } == true)
    }
}
