import ArgumentParser
import Bora

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show where a model would go and what it would take, from its headers alone.",
        discussion: "A configuration (config.json) without weights can be planned too.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Planning") var planning: PlanningArguments
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() async throws {
        let plan = try ModelPlan(
            await model.open(for: .planning, messages), options: planning.runtime)
        let text = try json ? JSONText.of(plan) : plan.description
        try Descriptor.standardOutput.write(text + "\n")
        messages.detail("\(plan.threads) threads, \(plan.instructionSet) kernels")
    }
}
