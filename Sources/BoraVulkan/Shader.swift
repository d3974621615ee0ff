/// The committed shaders, one per source file under `Sources/CVulkan/shaders`.
package enum Shader: String, CaseIterable, Sendable {
    case appendKV = "append_kv"
    case attend
    case attendMerge = "attend_merge"
    case embed
    case gather
    case matmul
    case matmulCooperative = "matmul_cooperative"
    case matvec
    case normalize
    case normalizeHeads = "normalize_heads"
    case rotate
    case softCap = "soft_cap"
}
