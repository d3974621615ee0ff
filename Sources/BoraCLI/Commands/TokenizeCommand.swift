import ArgumentParser
import Bora

struct TokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Print the token ids of a text, as the model would see it.",
        discussion: """
            The text is --text, --file, or standard input. With --jsonl it is JSON strings, one a \
            line, and what is printed for each is a line too.
            """)

    @Option(parsing: .unconditional, help: "The text.")
    var text: String?

    @Option(help: "Read the text from a file.", completion: .file())
    var file: String?

    @Flag(help: "Read texts from JSON lines and tokenize each by itself.")
    var jsonl = false

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
        messages.warn(tokenizer.warnings)
        var output = ""
        for text in try jsonl ? lines(of: text) : [text] {
            let ids = try tokenizer.encode(
                text, parseSpecial: !noParseSpecial, addSpecial: !noBOS)
            try output += self.output(ids, tokenizer) + "\n"
        }
        try Descriptor.standardOutput.write(output)
    }

    /// The strings of JSON lines.
    private func lines(of text: String) throws -> [String] {
        try text.split(separator: "\n").enumerated().map { index, line in
            do {
                return try JSONText.string(line)
            } catch {
                throw ValidationError("Line \(index + 1) of the text is not a JSON string.")
            }
        }
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
