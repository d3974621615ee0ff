import ArgumentParser
import Bora

struct TokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Print the token ids of a text, as the model would see it.",
        discussion: "The text is --text, --file, or standard input.")

    @Option(parsing: .unconditional, help: "The text.")
    var text: String?

    @Option(help: "Read the text from a file.", completion: .file())
    var file: String?

    @Flag(help: "Print each token's id and text on a line of its own.")
    var pieces = false

    @Flag(help: "Take the texts of special tokens as plain text.")
    var noParseSpecial = false

    @Flag(name: .customLong("no-bos"), help: "Add no token before or after the text.")
    var noBOS = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelArgument
    @OptionGroup(title: "Messages") var messages: MessageArguments

    func validate() throws {
        guard text == nil || file == nil else {
            throw ValidationError("The text is given twice: with --text and with --file.")
        }
    }

    func run() async throws {
        guard let text = try TextSource.read(option: text, file: file) else {
            throw ValidationError("There is no text. Give one with --text or --file.")
        }
        let tokenizer = try ModelTokenizer(await model.open(for: .reading, messages))
        for warning in tokenizer.warnings { messages.note("warning: \(warning)") }
        let ids = tokenizer.encode(text, parseSpecial: !noParseSpecial, addSpecial: !noBOS)
        try Descriptor.standardOutput.write(output(ids, tokenizer) + "\n")
    }

    private func output(_ ids: [Int], _ tokenizer: ModelTokenizer) throws -> String {
        struct Document: Encodable {
            let tokens: [Int]
            let pieces: [String]
        }
        if json {
            return try JSONText.of(
                Document(tokens: ids, pieces: ids.map(tokenizer.piece)), isCompact: true)
        }
        guard pieces else { return ids.map(String.init).joined(separator: " ") }
        let width = ids.map { "\($0)".count }.max() ?? 0
        return ids.map { id in
            String(repeating: " ", count: width - "\(id)".count) + "\(id)  "
                + tokenizer.piece(id).debugDescription
        }.joined(separator: "\n")
    }
}
