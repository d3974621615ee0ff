/// How the numbers of a tensor are stored: plain floating point, or blocks of quantized integers
/// with scales of their own.
///
/// Block layouts are those of the GGUF specification (ggml's `block_q8_0`, `block_q4_K`, …).
package enum ElementType: String, CaseIterable, Codable, Sendable {
    case f32
    case f16
    case bf16
    case q8_0
    case q4_0
    case q4_K
    case q6_K

    /// Elements in one block; 1 for plain types.
    package var blockElements: Int {
        switch self {
        case .f32, .f16, .bf16: 1
        case .q8_0, .q4_0: 32
        case .q4_K, .q6_K: 256
        }
    }

    /// Bytes of one block.
    package var blockBytes: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .q8_0: 34  // f16 scale, 32 int8
        case .q4_0: 18  // f16 scale, 32 nibbles
        case .q4_K: 144  // f16 scale and minimum, 8 × (6-bit scale, 6-bit minimum), 256 nibbles
        case .q6_K: 210  // 128 low nibble pairs, 64 bytes of high bits, 16 int8 scales, f16 scale
        }
    }

    package var isQuantized: Bool { blockElements > 1 }

    /// Stored bytes of `elements` numbers in whole blocks; nil when they do not fill whole blocks
    /// or the size overflows.
    package func bytes(elements: Int) -> Int? {
        guard elements >= 0, elements.isMultiple(of: blockElements) else { return nil }
        let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(
            by: blockBytes)
        return overflow ? nil : bytes
    }

    /// The name as the field writes it: `Q4_K`, `F16`.
    package var displayName: String { rawValue.uppercased() }
}
