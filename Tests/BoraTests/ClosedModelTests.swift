import Bora
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraLoading
import ModelSupport
import Testing

/// A model that is closed has given its devices back, although a request still holds it.
@Suite struct ClosedModelTests {
    /// The model that the command line embeds, as a file.
    private static let path =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        + "/Sources/CTale/tale-q8_0.gguf"

    @Test func devicesAreLetGoOf() async throws {
        var options = RuntimeOptions()
        options.maxSequenceLength = 512
        options.threads = 1
        options.cpuOnly = true
        let file = try ModelFile(path: Self.path)
        let machine = WatchedMachine()
        let model = try LanguageModel(
            file, plan: ModelPlan(file, options: options), on: machine, notice: { _ in })
        #expect(machine.devicesInUse == 1)
        var request = GenerationRequest(.text("There was once"))
        request.ignoresEnd = true
        request.maxTokens = 400
        var events = try model.generate(request).makeAsyncIterator()
        _ = try await events.next()
        #expect(machine.devicesInUse == 1)
        model.close()
        #expect(machine.devicesInUse == 0)
        await #expect(throws: (any Error).self) { while try await events.next() != nil {} }
    }
}

/// A machine that knows which of its devices are still there.
private final class WatchedMachine: DeviceProvider {
    private struct Watched: Sendable {
        weak var device: (any Device)?
    }

    private let machine = StandInMachine(gpus: 0)
    private let watched = Condition<[Watched]>([])

    var devicesInUse: Int { watched.update { $0.count { $0.device != nil } } }

    var layouts: [any BackendLayout] { machine.layouts }

    func currentInventory() throws -> Inventory { machine.currentInventory() }

    func devices(for map: DeviceMap) throws -> [any Device] {
        let made = try machine.devices(for: map)
        watched.update { $0 += made.map { Watched(device: $0) } }
        return made
    }
}
