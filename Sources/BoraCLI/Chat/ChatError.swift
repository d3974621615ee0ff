/// Something entered in a chat that cannot be done.
package struct ChatError: Error, Equatable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case unknownCommand(String)
        case missingArgument(String, String)
        case unexpectedArgument(String)
        case unknownSetting(String)
        case invalidValue(setting: String, value: String, allowed: String)
        case lineTooLong(Int)
        case fileExists(String)
        case notASavedChat(String, reason: String)
    }

    package let code: Code

    package init(_ code: Code) { self.code = code }

    package var description: String {
        switch code {
        case .unknownCommand(let name):
            "there is no command \(name); /help lists them (a message that begins with / goes "
                + "between \"\"\")"
        case .missingArgument(let command, let argument):
            "\(command) needs a \(argument)"
        case .unexpectedArgument(let command):
            "\(command) takes nothing after it"
        case .unknownSetting(let name):
            "there is no setting \(name); there are "
                + ChatSettings.Name.allCases.map(\.rawValue).joined(separator: ", ")
        case .invalidValue(let setting, let value, let allowed):
            "\(setting) cannot be \(value); it must be \(allowed)"
        case .lineTooLong(let bytes):
            "the line is not taken: of one as long, a terminal passes on \(bytes) bytes and drops "
                + "the rest. Break it between \"\"\" and \"\"\", or give it to bora run with --file"
        case .fileExists(let path):
            "\(path) exists; /save! \(path) replaces it"
        case .notASavedChat(let path, let reason):
            "\(path) is not a conversation that /save wrote: \(reason)"
        }
    }
}
