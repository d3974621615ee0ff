import BoraVulkan
import CVulkan
import Testing

@Suite struct ShaderTests {
    /// A word that every SPIR-V module starts with (SPIR-V specification, 2.3).
    private static let magic: UInt32 = 0x0723_0203

    @Test(arguments: Shader.allCases)
    func everyShaderIsEmbedded(shader: Shader) {
        let code = unsafe bora_shader(shader.rawValue)
        let first = unsafe code.words?[0]
        #expect(first == Self.magic)
        let bytes = unsafe code.bytes
        #expect(bytes.isMultiple(of: 4))
    }

    @Test func thereIsNoOtherShader() {
        let bytes = unsafe bora_shader("none").bytes
        #expect(bytes == 0)
    }
}
