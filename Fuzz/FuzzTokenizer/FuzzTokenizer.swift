import FuzzDriver
import TokenizerCases

/// `tokenizer.json` files.
@main struct FuzzTokenizer {
    static func main() { fuzz { try useTokenizer(of: $0) } }
}
