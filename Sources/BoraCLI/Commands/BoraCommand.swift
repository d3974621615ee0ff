import ArgumentParser
import Bora
import Glibc

/// The program: its commands, and how their errors become messages and exit codes.
@main
struct BoraCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bora",
        abstract: "Run language models on the devices of this machine.",
        discussion: """
            Every command works on a model (-m MODEL): a file, a folder or an id of the hub; or on \
            the small model inside the program when none is given. `bora help COMMAND` lists a \
            command's options.

            Exit codes: 0 done, 1 the work failed, 2 wrong usage, 130 interrupted.
            """,
        version: "bora 0.1.0",
        subcommands: [
            RunCommand.self, PlanCommand.self, DevicesCommand.self, BenchCommand.self,
            InspectCommand.self, TokenizeCommand.self, RenderCommand.self, LogitsCommand.self,
            PerplexityCommand.self, PullCommand.self, ListCommand.self, RemoveCommand.self,
        ])

    static func main() async {
        do {
            var command = try await asyncParseAsRoot(
                olderStyle(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            leave(0)
        } catch let error as ValidationError {
            // Found out while running; what the parser finds comes with the command's usage.
            Descriptor.standardError.print("Error: \(error.message)")
            leave(wrongUsage)
        } catch {
            exit(reporting: error)
        }
    }

    /// The older style of command has options before the command's name:
    /// `bora -n 16 -i plain -m MODEL -a llama`. They are put behind it.
    private static func olderStyle(_ arguments: [String]) -> [String] {
        guard arguments.first?.hasPrefix("-") == true,
            let command = arguments.firstIndex(where: { ["plain", "vision-plain"].contains($0) })
        else { return arguments }
        return [arguments[command]] + arguments[..<command] + arguments[(command + 1)...]
    }

    private static let wrongUsage: Int32 = 2
    private static let interrupted: Int32 = 130

    /// Ends the program: the argument parser's own errors are wrong usage, all others failed work.
    private static func exit(reporting error: any Error) -> Never {
        switch exitCode(for: error) {
        case .success:
            exit(withError: error)
        case .validationFailure:
            Descriptor.standardError.print(fullMessage(for: error))
            leave(wrongUsage)
        default:
            // Whoever was reading a closed pipe has seen enough.
            if let error = error as? StreamError, error.isClosedPipe { leave(0) }
            let failure = Failure(error)
            if failure.exitCode != interrupted {
                Descriptor.standardError.print("error: \(failure.message)")
            }
            leave(failure.exitCode)
        }
    }

    /// Ends the program without exit handlers: those of a graphics driver would take down what its
    /// threads still use.
    private static func leave(_ exitCode: Int32) -> Never {
        fflush(nil)
        _exit(exitCode)
    }
}
