import ArgumentParser
import Bora

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a model holds: sizes, types, settings and tensors.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func run() async throws {
        let inspection = try await model.open(for: .reading, messages).inspect()
        let text = try json ? JSONText.of(inspection) : report(inspection)
        try Descriptor.standardOutput.write(text + "\n")
    }

    private func report(_ model: Inspection) -> String {
        var summary = [
            "file          \(model.name)",
            "format        \(model.format)",
            "architecture  \(model.architecture)",
        ]
        if model.tensors.isEmpty {
            summary.append("weights       none")
        } else {
            let millions = (Double(model.parameters) / 1e6).fixed(2)
            let bits = model.bitsPerWeight.fixed(2)
            summary += [
                "parameters    \(model.parameters) (\(millions) M)",
                "size          \(ByteSize(model.bytes)) (\(bits) bits/weight)",
            ]
        }
        if let tokenizer = model.tokenizer {
            summary.append("tokenizer     \(tokenizer), \(model.vocabulary ?? 0) tokens")
        }
        var types = TextTable(["type", "tensors", "elements", "size"])
        for type in model.types {
            types.append([
                type.type, "\(type.tensors)", "\(type.elements)", "\(ByteSize(type.bytes))",
            ])
        }
        let width = model.metadata.map(\.key.count).max() ?? 0
        let metadata = model.metadata.map { fact in
            fact.key + String(repeating: " ", count: width - fact.key.count) + "  "
                + fact.value.replacing("\n", with: "\\n")
        }
        var tensors = TextTable(["tensor", "type", "shape", "size"])
        for tensor in model.tensors {
            tensors.append([
                tensor.name, tensor.type, tensor.shape.map(String.init).joined(separator: " × "),
                "\(ByteSize(tensor.bytes))",
            ])
        }
        let settings = metadata.joined(separator: "\n")
        let sections =
            model.tensors.isEmpty ? [settings] : [types.plain, settings, tensors.plain]
        return ([summary.joined(separator: "\n")] + sections).joined(separator: "\n\n")
    }
}
