import FormatCases
import FuzzDriver

/// Indices of safetensors files (`model.safetensors.index.json`).
@main struct FuzzSafetensorsIndex {
    static func main() { fuzz { try FormatCase.readSafetensorsIndex($0) } }
}
