import BoraCore
import TestSupport
import Testing
import TokenizerCases

@Suite("Fuzzing of tokenizer.json")
struct FuzzReplayTests {
    @Test("takes or refuses every input that was kept")
    func replay() throws {
        let inputs = try FuzzInputs.all(of: "Tokenizer")
        #expect(inputs.count > 20)
        var taken = 0
        for input in inputs {
            do {
                try useTokenizer(of: input)
                taken += 1
            } catch let error as any DescribedError {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(taken > 10)
    }
}
