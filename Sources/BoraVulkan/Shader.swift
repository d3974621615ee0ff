import CVulkan

/// The committed shaders, one per source file under `Sources/CVulkan/shaders`.
package enum Shader: String, CaseIterable, Sendable {
    case gather
}
