import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraEngine
import BoraFormats
import BoraLoading
import BoraModels
import BoraSampling
import BoraScheduling
import Testing

/// The engine on the embedded model and the CPU: the same request gives the same tokens alone, in
/// a crowd, with 1 or 2 threads, and when the cache grows or runs out under it.
@Suite(.timeLimit(.minutes(10))) struct LoadedModelTests {
    private static let prompt: [Int32] = (0..<45).map { 300 + $0 * 71 % 3000 }

    private static func engine(
        threads: Int, maxSequenceLength: Int = 128, batch: Int = 8, chunk: Int = 512
    ) throws -> Engine {
        let path = #filePath.replacing(
            "Tests/BoraEngineTests/LoadedModelTests.swift", with: "Sources/CTale/tale-q8_0.gguf")
        let checkpoint = try Checkpoint(reading: ByteSource(mapping: path))
        let model = try Model(checkpoint, kvType: .f16)
        let device = try CPUDevice(threads: threads)
        var policy = MappingPolicy()
        policy.maxSequenceLength = maxSequenceLength
        policy.maxBatchSize = batch
        policy.chunkTokens = chunk
        let inventory = Inventory(
            pools: [
                .init(name: "memory", totalBytes: 1 << 40, availableBytes: 1 << 40, source: "test")
            ],
            devices: [.init(id: .cpu, model: "test", pool: 0, cores: threads, overheadBytes: 0)])
        let map = try Planner(
            footprint: model.footprint(policy: policy, layouts: [device.layout]),
            inventory: inventory, policy: policy
        ).plan()
        return try Engine(LoadedModel(model, map: map, devices: [device]))
    }

    private static func request(_ prompt: [Int32], seed: UInt64) -> EngineRequest {
        var parameters = SamplingParameters()
        parameters.seed = seed
        parameters.temperature = 0.8
        parameters.topP = 0.9
        return EngineRequest(
            tokens: prompt, task: .generate(parameters, maxTokens: 30, stopTokens: []))
    }

    /// The tokens of one request, with seven others before and after it.
    private static func crowded(_ engine: Engine) async throws -> [Int32] {
        let before = try (1..<5).map { try engine.submit(request([Int32($0)], seed: UInt64($0))) }
        let one = try engine.submit(request(prompt, seed: 7))
        let after = try (1..<4).map {
            try engine.submit(request(Array(prompt.dropFirst($0 * 9)), seed: UInt64($0)))
        }
        for other in before + after { _ = try await other.answer() }
        return try await one.answer().tokens
    }

    @Test func theCompanyChangesNothing() async throws {
        let alone = try await Self.engine(threads: 1, batch: 1)
            .submit(Self.request(Self.prompt, seed: 7)).answer()
        #expect(alone.tokens.count == 30)
        let engines = [
            try Self.engine(threads: 1),
            try Self.engine(threads: 2),
            // Chunks cut the prompt, and the cache has to grow for the crowd.
            try Self.engine(threads: 2, maxSequenceLength: 64, batch: 2, chunk: 16),
        ]
        for engine in engines {
            #expect(try await Self.crowded(engine) == alone.tokens)
        }
    }

    /// Keys and values of an earlier request are those that computing them again would give: the
    /// next turn of a chat gets the same tokens and log probabilities with them as without.
    @Test func aReusedPrefixChangesNoBit() async throws {
        func turn(_ engine: Engine, _ tokens: [Int32]) async throws -> ([Sample], Usage?) {
            var request = Self.request(tokens, seed: 3)
            guard case .generate(var parameters, let maxTokens, let stopTokens) = request.task
            else { return ([], nil) }
            parameters.logprobs = 5
            request.task = .generate(parameters, maxTokens: maxTokens, stopTokens: stopTokens)
            var samples: [Sample] = []
            var usage: Usage?
            for try await event in try engine.submit(request) {
                switch event {
                case .token(let sample): samples.append(sample)
                case .finished(_, let used): usage = used
                case .logits: break
                }
            }
            return (samples, usage)
        }
        let engine = try Self.engine(threads: 2, maxSequenceLength: 256, chunk: 48)
        let (answer, _) = try await turn(engine, Self.prompt)
        let next = Self.prompt + answer.map(\.token) + Self.prompt.reversed()
        let (reusing, usage) = try await turn(engine, next)
        let (computing, fresh) = try await turn(
            Self.engine(threads: 1, maxSequenceLength: 256), next)
        #expect(usage?.cachedTokens == 64 && fresh?.cachedTokens == 0)
        #expect(reusing == computing)
    }

    @Test func logitsDoNotDependOnTheChunk() async throws {
        let request = EngineRequest(tokens: Self.prompt, task: .logits)
        let whole = try await Self.engine(threads: 2, batch: 64).submit(request).answer()
        let parts = try await Self.engine(threads: 1, batch: 8, chunk: 8).submit(request).answer()
        #expect(whole.logits.count == Self.prompt.count * 4096)
        #expect(whole.logits == parts.logits)
    }
}
