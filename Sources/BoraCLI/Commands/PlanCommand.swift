import ArgumentParser
import Bora

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show where a model would go and what it would take, from its headers alone.",
        discussion: """
            A configuration (config.json) without weights can be planned too, and so can devices \
            that are not there. What --json prints can be loaded by, with --plan.
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Plan for the devices that a YAML file describes, which need not be there.",
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var hypothetical: String?

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Planning") var planning: PlanningArguments
    @OptionGroup(title: "Planning") var manual: ManualMapArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func validate() throws {
        guard hypothetical == nil || (planning.devices == nil && !planning.cpu) else {
            throw ValidationError(
                "--hypothetical describes the devices; leave out --devices and --cpu.")
        }
    }

    func run() async throws {
        var options = planning.runtime(mappedBy: manual.deviceLayers)
        options.hypotheticalRig = hypothetical
        options.predictsSpeed = true
        let plan = try ModelPlan(
            await model.open(for: .planning, messages), options: options,
            report: messages.tellWaiting)
        messages.warn(plan.warnings)
        let output = Descriptor.standardOutput
        let text = try json ? JSONText.of(plan) : plan.report(width: output.columns)
        try output.write(text + "\n")
        if hypothetical == nil {
            messages.detail("\(plan.threads) threads, \(plan.instructionSet) kernels")
        }
    }
}
