import Foundation
import Testing

/// Running by maps over devices carved out of the GPU in software, where that is installed.
@Suite(.serialized, .enabled(if: BoraProgram.hasSoftwareGPU, "there is no GPU in software"))
struct MappedRunTests {
    private static let carved = ["--devices", "gpu0:40MiB,gpu0:20MiB,cpu"]
    private static let greedy = ["--dtype", "f32", "--greedy", "--max-tokens", "6"]

    private static func bora(
        _ arguments: [String], input: String? = nil
    ) throws -> BoraProgram.Output {
        try BoraProgram.run(
            arguments, input: input, environment: try BoraProgram.withSoftwareGPU)
    }

    @Test func theGPUInSoftwareHasTheModelWhenLetIn() throws {
        let output = try Self.bora(["plan"])
        #expect(output.standardOutput.contains("Layers 0-7: gpu[0] ("))
        let devices = try Self.bora(["devices", "--verbose"] + Self.carved).standardOutput
        #expect(devices.contains("gpu[1]") && devices.contains("40.0 MiB"))
        #expect(devices.contains("cooperative matrices"))
        var environment = try BoraProgram.withSoftwareGPU
        environment["BORA_ALLOW_SOFTWARE_GPU"] = nil
        let without = try BoraProgram.run(["devices"], environment: environment).standardOutput
        #expect(!without.contains("gpu[0]") && without.contains("BORA_ALLOW_SOFTWARE_GPU=1"))
    }

    @Test func everyFormatIsMeasuredOnEveryDevice() throws {
        let machine = try Self.bora(["devices", "--measure", "--json"])
            .json(as: DevicesCommandTests.Machine.self)
        #expect(machine.devices.map(\.name) == ["gpu[0]", "cpu"])
        for device in machine.devices {
            let speeds = try #require(device.speeds)
            #expect(speeds.formats.count == 15)
            for format in speeds.formats {
                #expect(format.bytesPerSecond > 1e6 && format.operationsPerSecond > 1e7)
            }
        }
        // What the driver takes is measured with the speeds, and planned with.
        let overhead = machine.devices[0].overheadBytes
        #expect(machine.devices.map(\.overheadSource) == ["measured", "assumed"])
        #expect((1 << 20...1 << 30).contains(overhead))
        let plan = try Self.bora(["plan"]).standardOutput
        #expect(plan.contains("The overhead of gpu[0] is measured."))
        let saved = try Self.bora(["plan", "--json"]).standardOutput.filter { !$0.isWhitespace }
        #expect(saved.contains("\"overhead\":\(overhead),\"overhead_source\":\"measured\""))
    }

    @Test(arguments: [
        ("0:5;1:3", ["Layers 0-4: gpu[0] (", "Layers 5-7: gpu[1] ("]),
        ("1:2;0:1", ["Layers 0-1: gpu[1] (", "Layer 2: gpu[0] (", "Layers 3-7: cpu ("]),
        ("5", ["Layers 0-4: gpu[0] (", "Layers 5-7: cpu ("]),
        ("0", ["Layers 0-7: cpu ("]),
        ("99", ["Layers 0-7: gpu[0] ("]),
    ])
    func aManualMapIsRunAsAsked(_ map: String, _ lines: [String]) throws {
        let alone = try BoraProgram.run(["run", "--cpu", "--quiet"] + Self.greedy + ["Once"])
        let output = try Self.bora(["run", "-n", map] + Self.carved + Self.greedy + ["Once"])
        #expect(output.exitCode == 0)
        #expect(output.standardOutput == alone.standardOutput)
        let shown = output.standardError.split(separator: "\n").filter {
            $0.contains(#/^Layers? [\d-]+: /#)
        }
        #expect(shown.count == lines.count)
        for (line, start) in zip(shown, lines) { #expect(line.hasPrefix(start), "\(line)") }
        let warnings = output.standardError.split(separator: "\n").filter {
            $0.hasPrefix("warning: ")
        }
        #expect(warnings.count == (map == "99" ? 2 : 1))
        #expect(warnings[0].contains("--max-seq-len"))
        if map == "0" { #expect(!output.standardError.contains("\n  gpu[")) }
        if map == "99" { #expect(warnings[1].contains("91 more")) }
    }

    @Test(arguments: [
        ("0:4;0:4", "'0:4'"), ("7:4", "'7:4'"), ("a:b", "'a:b'"), ("0:4;", "an entry is empty"),
        ("", "an entry is empty"),
    ])
    func malformedMapsNameTheEntryAndTheDevices(_ map: String, _ problem: String) throws {
        let output = try Self.bora(["run", "-n", map] + Self.carved + ["Once"])
        #expect(output.exitCode == 2)
        #expect(output.standardOutput.isEmpty)
        #expect(output.standardError.contains(problem))
        #expect(output.standardError.contains("gpu[0], gpu[1] and cpu"))
    }

    /// With the sizes that are planned for by default, and with KV caches that grow: what the GPU
    /// has no room for goes to the CPU, and the tale is the same.
    @Test func whatDoesNotFitSpillsAndRuns() throws {
        let alone = try BoraProgram.run(["run", "--cpu", "--quiet"] + Self.greedy + ["Once"])
        func layersOnGPU(_ budget: String, _ sizes: [String]) throws -> Int {
            let devices = ["--devices", "gpu0:\(budget),cpu"]
            let output = try Self.bora(["run"] + devices + sizes + Self.greedy + ["Once"])
            #expect(output.exitCode == 0, "\(output.standardError)")
            #expect(output.standardOutput == alone.standardOutput)
            return output.standardError.matches(of: #/Layers? (\d+)(-\d+)?: gpu/#).reduce(0) {
                let first = Int($1.1)!
                return $0 + 1 + ($1.2.flatMap { Int($0.dropFirst()) } ?? first) - first
            }
        }
        // The model takes twice as much and more.
        #expect((1..<8).contains(try layersOnGPU("7MiB", [])))
        let counts = try [4096, 32_768, 131_072].map {
            try layersOnGPU("110MiB", ["--max-seq-len", "\($0)"])
        }
        #expect(counts[0] == 8 && counts[1] < 8 && counts[2] < counts[1] && counts[2] > 0)
    }

    @Test func benchTakesTheLongForm() throws {
        let output = try Self.bora(
            ["bench", "--device-layers", "0:5;1:3", "-p", "0", "-n", "2", "-r", "1"] + Self.carved)
        #expect(output.exitCode == 0)
        #expect(output.standardError.contains("--device-layers is deprecated"))
        #expect(output.standardOutput.contains("tg2"))
    }

    /// `bora -n "0:5;1:3" -i plain -m MODEL -a llama`, and the same without `;`.
    @Test(arguments: ["0:5;1:3", "5"])
    func theOlderStyleOfCommandChats(_ map: String) throws {
        let output = try Self.bora(
            ["-n", map, "-i", "plain", "-m", BoraProgram.modelPath, "-a", "llama"] + Self.carved
                + Self.greedy, input: "Tell me a tale.\n/exit\n")
        #expect(output.exitCode == 0)
        #expect(output.standardError.contains("Layers 0-4: gpu[0] ("))
        #expect(output.standardError.contains("Answer: 6 tokens"))
        #expect(output.standardError.ranges(of: "warning: ").count == 1)
        #expect(!output.standardOutput.isEmpty)
    }

    @Test func aSavedPlanIsLoaded() throws {
        try TemporaryFolder.with { folder in
            let saved = try Self.bora(
                ["plan", "--json", "--dtype", "f32", "-n", "1:2;0:3"] + Self.carved)
            let path = folder.write(saved.standardOutput, to: "plan.json")
            let output = try Self.bora(
                ["run", "--plan", path] + Self.carved + Self.greedy + ["Once"])
            #expect(output.exitCode == 0, "\(output.standardError)")
            #expect(output.standardError.contains("Layers 0-1: gpu[1] ("))
            #expect(output.standardError.contains("Layers 2-4: gpu[0] ("))
            let without = try Self.bora(["run", "--plan", path, "--devices", "gpu0,cpu", "Once"])
            #expect(without.exitCode == 1)
            #expect(without.standardError.contains("it uses gpu[1]"))
        }
    }

    @Test func pinsAreKept() throws {
        try TemporaryFolder.with { folder in
            let topology = folder.write("6-7: gpu1\n", to: "t.yaml")
            let output = try Self.bora(
                ["plan", "--topology", topology, "--override-tensor", #"blk\.0\.=cpu"#]
                    + Self.carved)
            #expect(output.exitCode == 0, "\(output.standardError)")
            #expect(output.standardOutput.contains("Layer 0: cpu ("))
            #expect(output.standardOutput.contains(#/Layers \d-7: gpu\[1\] \(20.0 MiB\)/#))
            #expect(output.standardOutput.contains("gpu[0] (40.0 MiB)"))
        }
    }

    /// The map on a terminal has a bar for each device; elsewhere it is plain.
    @Test func aTerminalShowsBars() throws {
        try TemporaryFolder.with { folder in
            let arguments =
                ["run", "-n", "0:5;1:3", "-i"] + Self.carved + Self.greedy
            let program = try TerminalProgram(
                arguments, output: folder.newFile("output"), columns: 100,
                environment: try BoraProgram.withSoftwareGPU)
            defer { if program.process.isRunning { program.process.terminate() } }
            let start = try program.read(until: "> ")
            #expect(start.contains("  gpu[0]  █"))
            #expect(start.contains("  gpu[1]  █"))
            #expect(start.contains("█ weights"))
            try program.typeEnd()
            #expect(program.exitCode() == 0)
        }
    }
}
