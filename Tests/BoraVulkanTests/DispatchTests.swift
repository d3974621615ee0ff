import BoraVulkan
import Testing

@Suite struct DispatchTests {
    @Test func everyShaderHasAName() { #expect(!Shader.allCases.isEmpty) }
}
