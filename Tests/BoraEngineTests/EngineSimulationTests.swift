import BoraEngine
import BoraSampling
import BoraScheduling
import TestSupport
import Testing

/// Random requests on random engines, each from the seed that a failure names.
@Suite(.timeLimit(.minutes(10))) struct EngineSimulationTests {
    @Test(arguments: 0..<50)
    func everyRequestGetsItsOwnContinuation(seed: Int) async throws {
        var random = SeededGenerator(seed: seed)
        let model = Self.model(&random)
        let engine = try Engine(model)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                let requestSeed = Int.random(in: 0..<Int.max, using: &random)
                group.addTask {
                    try await Self.check(engine, model, seed: requestSeed, of: seed)
                }
            }
            try await group.waitForAll()
        }
    }

    private static func model(_ random: inout SeededGenerator) -> HashModel {
        let chunk = Int.random(in: 1...12, using: &random)
        let rows = Int.random(in: 1...8, using: &random)
        let blockTokens = Int.random(in: 1...8, using: &random)
        let pools = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            BlockPool(
                blockTokens: blockTokens,
                window: random.oneIn(2) ? Int.random(in: 1...30, using: &random) : nil,
                count: Int.random(in: 1...40, using: &random))
        }
        return HashModel(
            limits: StepLimits(
                chunkTokens: chunk, maxRows: rows, maxTokens: chunk + rows - 1),
            pools: pools, depth: Int.random(in: 1...4, using: &random),
            growthLimit: Int.random(in: 0...80, using: &random))
    }

    /// Submits one random request, reads it at its own pace, and perhaps gives up.
    private static func check(
        _ engine: Engine, _ model: HashModel, seed: Int, of modelSeed: Int
    ) async throws {
        var random = SeededGenerator(seed: seed)
        // Most prompts begin alike.
        let alike = Int.random(in: 0...40, using: &random)
        let prompt = (0..<max(1, alike + Int.random(in: 0...10, using: &random))).map { position in
            position < alike ? Int32(position) : Int32.random(in: 0..<40, using: &random)
        }
        let count = Int.random(in: 1...40, using: &random)
        let stream = try engine.submit(
            EngineRequest(
                tokens: prompt, task: .generate(.greedy, maxTokens: count, stopTokens: []),
                eventCapacity: Int.random(in: 1...8, using: &random)))
        let givesUpAfter = random.oneIn(5) ? Int.random(in: 0..<count, using: &random) : count
        let answer = try await stream.answer(tokens: givesUpAfter) {
            for _ in 0..<($0 % 3) { await Task.yield() }
        }
        let expected = continuation(of: prompt, count, sight: model.sight)
        let comment = "seed \(seed) on the model of seed \(modelSeed)"
        #expect(answer.tokens == Array(expected.prefix(answer.tokens.count)), "\(comment)")
        switch answer.reason {
        case .length: #expect(answer.tokens.count == count, "\(comment)")
        case .cancelled: #expect(givesUpAfter < count, "\(comment)")
        case .outOfKV: break
        default: Issue.record("ended with \(String(describing: answer.reason)): \(comment)")
        }
    }
}
