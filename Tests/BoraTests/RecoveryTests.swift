import Bora
import BoraDeviceMapping
import BoraDevices
import ModelSupport
import Testing

/// A loaded model tells where it lies, also after a device has failed under way.
@Suite struct RecoveryTests {
    /// The model that the command line embeds, as a file.
    private static let path =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        + "/Sources/CTale/tale-q8_0.gguf"

    private static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.maxSequenceLength = 128
        options.threads = 1
        options.cpuOnly = true
        return options
    }

    /// A model that is planned for the CPU, on a machine that has a GPU too.
    private static func load(
        _ fault: FaultyDevice.Fault, _ notices: Notices = Notices()
    ) throws -> LanguageModel {
        let file = try ModelFile(path: path)
        return try LanguageModel(
            file, plan: ModelPlan(file, options: options),
            on: StandInMachine([[.gpu(0): 1 << 40, .cpu: 1 << 40]], fault: fault),
            notice: notices.add)
    }

    private static func text(_ model: LanguageModel) async throws -> String {
        var request = GenerationRequest(.text("There was once"))
        request.maxTokens = 24
        request.sampling.seed = 5
        var text = ""
        for try await event in try model.generate(request) {
            switch event {
            case .token(let token): text += token.text
            case .rest(let rest): text += rest
            case .finished: break
            }
        }
        return text
    }

    @Test func thePlanIsTheOneThatHolds() async throws {
        let expected = try await Self.text(Self.load(.never()))
        #expect(expected.count > 24)
        let fault = FaultyDevice.Fault(.lost(reason: "test"), on: .cpu, at: .commit, number: 9)
        let notices = Notices()
        let model = try Self.load(fault, notices)
        #expect(model.plan.backends == ["cpu"])
        #expect("\(model.plan)".contains("Layers 0-7: cpu"))
        #expect(try await Self.text(model) == expected)
        #expect(fault.hasHappened && notices.all.count == 1)
        #expect(model.plan.backends == ["gpu"])
        #expect("\(model.plan)".contains("Layers 0-7: gpu[0]"))
        #expect(!"\(model.plan)".contains("cpu"))
    }
}
