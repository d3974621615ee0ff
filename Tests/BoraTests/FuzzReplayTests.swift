import BoraCore
import DeviceCases
import TestSupport
import Testing

/// The corpus of the fuzz target and what it once found, read again.
@Suite struct FuzzReplayTests {
    @Test func whatIsWrittenAboutDevicesIsTakenOrRefused() throws {
        let inputs = try FuzzInputs.all(of: "Topology")
        #expect(inputs.count >= 20)
        for input in inputs {
            do {
                try DeviceCase.read(input)
            } catch let error as any DescribedError {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
