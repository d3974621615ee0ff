import FormatCases
import FuzzDriver

/// safetensors files.
@main struct FuzzSafetensors {
    static func main() { fuzz { try FormatCase.readSafetensors($0) } }
}
