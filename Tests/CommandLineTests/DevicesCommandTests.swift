import Foundation
import Testing

/// `devices`, and `--devices` where there is no GPU.
@Suite struct DevicesCommandTests {
    struct Machine: Decodable {
        struct Device: Decodable {
            let name: String
            let cores: Int
            let totalBytes: Int
            let availableBytes: Int
            let carvedBytes: Int?
            let overheadBytes: Int
            let overheadSource: String?
            let speeds: Speeds?
        }

        struct Speeds: Decodable {
            struct Format: Decodable {
                let type: String
                let bytesPerSecond: Double
                let operationsPerSecond: Double
                let rowSeconds: Double
            }

            let formats: [Format]
            let cacheBytesPerSecond: Double
            let nearCacheBytesPerSecond: Double
            let headTokenSeconds: Double
            let segmentSeconds: Double
            let isDisturbed: Bool
        }

        let devices: [Device]
        let remarks: [String]
    }

    /// An environment in which nothing has been measured.
    private static func withEmptyCache<Result>(
        _ body: (TemporaryFolder, [String: String]) throws -> Result
    ) throws -> Result {
        try TemporaryFolder.with { folder in
            var environment = try BoraProgram.environment
            environment["XDG_CACHE_HOME"] = folder.url.path
            return try body(folder, environment)
        }
    }

    @Test func devicesHaveMemory() throws {
        try Self.withEmptyCache { _, environment in
            let machine = try BoraProgram.run(["devices", "--json"], environment: environment)
                .json(as: Machine.self)
            #expect(machine.devices.map(\.name) == ["cpu"])
            let cpu = try #require(machine.devices.first)
            #expect(cpu.cores >= 1)
            #expect(cpu.totalBytes >= cpu.availableBytes && cpu.availableBytes > 0)
            #expect(cpu.speeds == nil && cpu.carvedBytes == nil)
            #expect(cpu.overheadBytes > 0 && cpu.overheadSource == "assumed")
            #expect(machine.remarks.count == 1 && machine.remarks[0].contains("No GPUs"))
            let text = try BoraProgram.run(["devices"], environment: environment).standardOutput
            #expect(text.contains("\ncpu") && text.contains("--measure"))
            #expect(text.hasPrefix("device  model") && text.contains("\n\nAvailable on cpu: "))
        }
    }

    @Test func speedsAreMeasuredOnceAndKept() throws {
        try Self.withEmptyCache { folder, environment in
            func speeds(_ arguments: [String]) throws -> Machine.Speeds? {
                try BoraProgram.run(["devices", "--json"] + arguments, environment: environment)
                    .json(as: Machine.self).devices[0].speeds
            }
            let measured = try #require(try speeds(["--measure"]))
            #expect(measured.formats.count == 15)
            for format in measured.formats {
                #expect(format.bytesPerSecond > 1e7 && format.operationsPerSecond > 1e8)
                #expect(format.rowSeconds >= 0)
            }
            #expect(measured.nearCacheBytesPerSecond > 1e7)
            #expect(measured.headTokenSeconds >= 0)
            let kept = try #require(try speeds([]))
            #expect(kept.cacheBytesPerSecond == measured.cacheBytesPerSecond)
            #expect(kept.nearCacheBytesPerSecond == measured.nearCacheBytesPerSecond)
            let table = try BoraProgram.run(["devices", "--verbose"], environment: environment)
                .standardOutput
            let near = table.split(separator: "\n").first { $0.hasPrefix("KV cache, near") }
            #expect(near?.contains("B/s") == true)
            #expect(
                kept.formats.map(\.bytesPerSecond) == measured.formats.map(\.bytesPerSecond))

            // What is damaged or another version's is none.
            let path = folder.path("bora/speeds.json")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            for wrong in [
                String(text.dropLast(20)), text.replacing("\"version\":", with: "\"version\":9"),
                text.replacing("\"segmentOverhead\":", with: "\"segmentOverhead\":-"), "[]", "",
            ] {
                try Data(wrong.utf8).write(to: URL(filePath: path))
                #expect(try speeds([]) == nil)
            }
            try Self.checkDisturbedSpeeds(text, folder, environment)
            try Data().write(to: URL(filePath: path))
            let plan = try BoraProgram.run(["plan"], environment: environment)
            #expect(plan.exitCode == 0 && plan.standardOutput.contains("tokens/s"))
            // A plan asks for the formats of its model alone.
            #expect(try speeds([])?.formats.map(\.type) == ["F32", "Q8_0"])
        }
    }

    /// What was measured while other programs were at work is used for some minutes, and said so.
    ///
    /// - Parameter kept: speeds that were measured just now.
    private static func checkDisturbedSpeeds(
        _ kept: String, _ folder: TemporaryFolder, _ environment: [String: String]
    ) throws {
        let path = folder.path("bora/speeds.json")
        // As little as a device can do, so that it is seen whether it was measured again.
        let slow = kept.replacing(#/"bytesPerSecond":[\d.e+]+/#, with: "\"bytesPerSecond\":1000")
        func write(waiting: Double, age: Double) throws {
            let date = Date().timeIntervalSince1970 - age
            let text = slow.replacing(#/"waiting":[\d.e+-]+/#, with: "\"waiting\":\(waiting)")
                .replacing(#/"date":[\d.]+/#, with: "\"date\":\(date)")
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        func plan() throws -> String {
            try BoraProgram.run(["plan"], environment: environment).standardOutput
        }
        let doubt = "The speed of cpu was measured while other programs kept"
        for (waiting, isDoubted) in [(0.9, true), (0.01, false)] {
            try write(waiting: waiting, age: 60)
            let table = try BoraProgram.run(["devices", "--verbose"], environment: environment)
                .standardOutput
            #expect(table.contains(" 0.0 MB/s") && table.contains(doubt) == isDoubted)
            let plan = try plan()
            #expect(plan.contains("(0.0 tokens/s)") && plan.contains(doubt) == isDoubted)
        }
        // Whether other programs are at work now is not for this test to say.
        for (waiting, age) in [(0.9, 1200.0), (0.01, 40 * 86400.0), (0.01, -3600.0)] {
            try write(waiting: waiting, age: age)
            #expect(try !plan().contains("(0.0 tokens/s)"), "\(waiting), \(age) s")
        }
    }

    @Test func theCPUCanBeCarved() throws {
        let machine = try BoraProgram.run("devices", "--json", "--devices", "cpu:200MiB")
            .json(as: Machine.self)
        #expect(machine.devices.map(\.carvedBytes) == [200 << 20])
        let output = try BoraProgram.run("plan", "--devices", "cpu:70MiB")
        #expect(output.exitCode == 1)
        #expect(output.standardError.contains("shortfall"))
    }

    @Test(arguments: [
        ("gpu0", "'gpu0' is not there"), ("cpu,", "an entry is empty"), ("", "an entry is empty"),
        ("cuda", "'cuda' is no device"), ("cpu:big", "'cpu:big' has no size"),
        ("cpu:40", "'cpu:40' has no size"), ("cpu:99TiB", "'cpu:99TiB' is more than cpu has"),
        ("cpu,cpu", "names the CPU again"),
    ])
    func listsAreChecked(_ list: String, _ problem: String) throws {
        for command in [["plan"], ["run", "x"], ["devices"]] {
            let output = try BoraProgram.run(command + ["--devices", list])
            #expect(output.exitCode == 2)
            #expect(output.standardError.hasPrefix("error: --devices '\(list)': "))
            #expect(output.standardError.contains(problem), "\(output.standardError)")
            #expect(output.standardError.contains("This machine has cpu"))
        }
    }

    @Test func aManualMapNeedsAGPU() throws {
        let output = try BoraProgram.run("plan", "-n", "16")
        #expect(output.exitCode == 2)
        #expect(output.standardError.contains("'16' is for a GPU that is not there"))
        #expect(output.standardError.contains("The devices in use are cpu"))
        let none = try BoraProgram.run("plan", "-n", "0")
        #expect(none.exitCode == 0)
        #expect(none.standardOutput.contains("Layers 0-7: cpu"))
        #expect(none.standardError.split(separator: "\n").count == 1)
        #expect(none.standardError.contains("--device-layers is deprecated"))
    }
}
