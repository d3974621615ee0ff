import CVulkan

/// The committed shaders, one per source file under `Sources/CVulkan/shaders`.
package enum Shader: String, CaseIterable, Sendable {
    case appendKV = "append_kv"
    case attend
    case attendCooperative = "attend_cooperative"
    case attendMerge = "attend_merge"
    case embed
    case gather
    case matmul
    case matmulCooperative = "matmul_cooperative"
    case matmulHalves = "matmul_halves"
    case matmulIntegers = "matmul_integers"
    case matvec
    case normalize
    case normalizeHeads = "normalize_heads"
    case prepareBytes = "prepare_bytes"
    case prepareHalves = "prepare_halves"
    case rotate
    case softCap = "soft_cap"
}

extension Shader {
    /// Of its code: tells one version of Bora's kernels from another.
    var checksum: UInt64 {
        let code = unsafe bora_shader(rawValue)
        return unsafe UnsafeRawBufferPointer(start: code.words, count: code.bytes).checksum
    }
}
