import ArgumentParser
import Bora

struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices",
        abstract: "List this machine's devices: memory, and speeds when measured.")

    @Flag(help: "Measure the speeds; takes a second or two.")
    var measure = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() throws {
        let report = try MachineReport(measure: measure)
        let text = try json ? JSONText.of(report) : table(report)
        try Descriptor.standardOutput.write(text + "\n")
        if !measure, !json { messages.detail("Speeds are not measured; --measure does it.") }
    }

    private func table(_ report: MachineReport) -> String {
        let speeds = measure ? ["read", "int8", "f32"] : []
        var table = TextTable(
            ["device", "model", "cores", "instructions", "total", "available"] + speeds)
        for device in report.devices {
            let measured = device.speeds.map { speeds in
                [
                    "\(ByteSize(Int(speeds.readBytesPerSecond)))/s",
                    "\((speeds.int8OperationsPerSecond / 1e9).fixed(0)) GOPS",
                    "\((speeds.f32OperationsPerSecond / 1e9).fixed(0)) GFLOPS",
                ]
            }
            table.append(
                [
                    device.name, device.model, "\(device.cores)", device.instructionSet,
                    "\(ByteSize(device.totalBytes))", "\(ByteSize(device.availableBytes))",
                ] + (measured ?? []))
        }
        let sources = report.devices.map { "Available on \($0.name): \($0.source)." }
        return ([table.plain, ""] + sources).joined(separator: "\n")
    }
}
