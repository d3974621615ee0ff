import FormatCases
import FuzzDriver

/// GGUF files.
@main struct FuzzGGUF {
    static func main() { fuzz { try FormatCase.readGGUF($0) } }
}
