import TemplateCases
import TestSupport
import Testing

/// What the fuzz target ever found, and its corpus: each is rendered or refused.
@Suite struct FuzzReplayTests {
    @Test func replay() throws {
        let inputs = try FuzzInputs.all(of: "Template")
        #expect(!inputs.isEmpty)
        for input in inputs { renderOrRefuse(input) }
    }
}
