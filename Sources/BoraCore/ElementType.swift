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
    case q4_1
    case q5_0
    case q5_1
    case q2_K
    case q3_K
    case q4_K
    case q5_K
    case q6_K
    case iq4_NL
    case iq4_XS

    /// Elements in one block; 1 for plain types.
    package var blockElements: Int {
        switch self {
        case .f32, .f16, .bf16: 1
        case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .iq4_NL: 32
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_XS: 256
        }
    }

    /// Bytes of one block.
    package var blockBytes: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .q8_0: 34  // f16 scale, 32 int8
        case .q4_0: 18  // f16 scale, 32 nibbles
        case .q4_1: 20  // f16 scale and offset, 32 nibbles
        case .q5_0: 22  // f16 scale, 32 fifth bits, 32 nibbles
        case .q5_1: 24  // f16 scale and offset, 32 fifth bits, 32 nibbles
        case .q2_K: 84  // 16 × (4-bit scale, 4-bit minimum), 256 × 2 bits, f16 scale and minimum
        case .q3_K: 110  // 256 third bits, 256 × 2 bits, 16 6-bit scales, f16 scale
        case .q4_K: 144  // f16 scale and minimum, 8 × (6-bit scale, 6-bit minimum), 256 nibbles
        case .q5_K: 176  // as Q4_K, with 256 fifth bits
        case .q6_K: 210  // 128 low nibble pairs, 64 bytes of high bits, 16 int8 scales, f16 scale
        case .iq4_NL: 18  // f16 scale, 32 indices of 4 bits into a table of 16 numbers
        case .iq4_XS: 136  // f16 scale, 8 6-bit scales, 256 indices of 4 bits
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
