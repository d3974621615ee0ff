import BoraCore
import HubCases
import TestSupport
import Testing

/// The fuzz target's corpus and what it once found, read again.
@Suite struct FuzzReplayTests {
    @Test func answersAreTakenOrRefused() throws {
        let inputs = try FuzzInputs.all(of: "Hub")
        #expect(inputs.count >= 10)
        for input in inputs {
            do {
                try HubCase.read(input)
            } catch let error as any DescribedError {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
