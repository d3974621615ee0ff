import ArgumentParser
import Bora

struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices",
        abstract: "List this machine's devices: memory, and speeds when measured.",
        discussion: """
            Speeds are measured once, when they are first needed, and kept; --measure measures \
            them again. --verbose shows what GPUs and their drivers offer, and every format's speed.
            """)

    @Flag(help: "Measure the speeds; takes some seconds.")
    var measure = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Show these, as carved: gpu0:40MiB,cpu.", valueName: "list"))
    var devices: String?

    @Flag(help: "Show the CPU alone.")
    var cpu = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Messages") var messages: MessageArguments

    func validate() throws {
        guard !(cpu && devices != nil) else {
            throw ValidationError("--cpu and --devices exclude each other.")
        }
    }

    func run() throws {
        var options = RuntimeOptions()
        options.devices = devices
        options.cpuOnly = cpu
        let report = try MachineReport(
            measure: measure, options: options, report: messages.tellWaiting)
        let text =
            try json
            ? JSONText.of(report)
            : DevicesTable(report, showsAll: messages.verbose || measure).text
        try Descriptor.standardOutput.write(text + "\n")
    }
}
