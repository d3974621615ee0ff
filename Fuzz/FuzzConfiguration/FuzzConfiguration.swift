import FormatCases
import FuzzDriver

/// Configurations (`config.json`).
@main struct FuzzConfiguration {
    static func main() { fuzz { try FormatCase.readConfiguration($0) } }
}
