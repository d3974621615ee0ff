import Bora
import Testing

/// Bora as another package uses it: `import Bora` and nothing else. Read it as a tour.
@Suite struct PublicAPITests {
    /// The model that the command line embeds, as a file.
    static let modelPath =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        + "/Sources/CTale/tale-q8_0.gguf"

    /// A model loaded once for all tests: any number of tasks may use it at once.
    static let model = Result { try LanguageModel(ModelFile(path: modelPath), options: exact) }

    static var exact: RuntimeOptions {
        var options = RuntimeOptions()
        options.computeType = .f32
        options.maxSequenceLength = 512
        options.maxBatchSize = 4
        options.logitsRows = 64
        options.cpuOnly = true
        return options
    }

    @Test func aFileIsOpenedWithoutItsWeights() throws {
        let file = try ModelFile(path: Self.modelPath)
        #expect(file.architecture == "llama")
        #expect(file.format == "GGUF v3")
        let inspection = try file.inspect()
        #expect(inspection.parameters > 7_000_000)
        #expect(inspection.tensors.contains { $0.name == "token_embd.weight" })
    }

    @Test func aPlanNeedsTheHeaderAlone() throws {
        let plan = try ModelPlan(ModelFile(path: Self.modelPath), options: Self.exact)
        #expect("\(plan)".contains("Layers 0-7: cpu"))
        #expect(plan.threads >= 1)
    }

    @Test func aModelThatDoesNotFitIsRefused() throws {
        var options = RuntimeOptions()
        options.maxSequenceLength = 1 << 24
        options.maxBatchSize = 1 << 10
        let file = try ModelFile(path: Self.modelPath)
        let error = #expect(throws: (any Error).self) { try ModelPlan(file, options: options) }
        let failure = Failure(try #require(error))
        #expect(failure.exitCode == 1)
        #expect(failure.httpStatus == 503)
        #expect(!failure.message.isEmpty)
    }

    @Test func aMissingFileIsNotFound() throws {
        let error = #expect(throws: (any Error).self) { try ModelFile(path: "/no/such.gguf") }
        let failure = Failure(try #require(error))
        #expect(failure.httpStatus == 404)
        #expect(failure.message.contains("/no/such.gguf"))
    }

    @Test func aNameIsAPathOrAnIDOfTheHub() throws {
        #expect(try ModelSource(Self.modelPath) == .path(Self.modelPath))
        #expect(try ModelSource("owner/name:Q4_K_M@v1") == .hub("owner/name:Q4_K_M@v1"))
        let error = #expect(throws: (any Error).self) { try ModelSource("/no/such.gguf") }
        #expect(Failure(try #require(error)).message.contains("owner/name:Q4_K_M"))
    }

    @Test func theHubsCacheIsLookedThroughWithoutNetwork() async throws {
        var options = ModelHub.Options()
        options.cache = "/no/such/cache"
        options.isOffline = true
        let hub = try ModelHub(options, environment: [:])
        #expect(try hub.models().isEmpty)
        let error = await #expect(throws: (any Error).self) {
            try await hub.open("owner/name", for: .planning)
        }
        #expect(Failure(try #require(error)).identifier == "hub.notCached")
    }

    @Test func textBecomesTokensAndTextAgain() throws {
        let tokenizer = try ModelTokenizer(ModelFile(path: Self.modelPath))
        #expect(tokenizer.vocabularySize == 4096)
        let text = "Once upon a time, Zoë said: 你好 🦊."
        let tokens = try tokenizer.encode(text, addSpecial: false)
        #expect(tokenizer.decode(tokens) == text)
        #expect(try tokenizer.encode("<|im_end|>").count == 1)
        #expect(try tokenizer.encode("<|im_end|>", parseSpecial: false).count > 1)
    }

    @Test func aConversationIsAnswered() async throws {
        let model = try Self.model.get()
        let messages = [ChatMessage(role: "user", content: "Tell me a story about a fox.")]
        #expect(
            try model.render(messages)
                == "<|im_start|>user\nTell me a story about a fox.<|im_end|>\n"
                + "<|im_start|>assistant\n")
        var request = GenerationRequest(.messages(messages))
        request.sampling = .greedy
        request.maxTokens = 12
        let answer = try await Answer(model.generate(request))
        #expect(answer.reason == .length)
        #expect(answer.tokens.count == 12)
        #expect(answer.usage?.generatedTokens == 12)
        #expect(model.tokenizer.decode(answer.tokens) == answer.text)
    }

    @Test func aModelIsClosedWhileItAnswers() async throws {
        let model = try LanguageModel(ModelFile(path: Self.modelPath), options: Self.exact)
        var request = GenerationRequest(.text("Once upon a time"))
        request.ignoresEnd = true
        request.maxTokens = 500
        var events = try model.generate(request).makeAsyncIterator()
        _ = try await events.next()
        model.close()
        let error = await #expect(throws: (any Error).self) {
            while try await events.next() != nil {}
        }
        #expect(Failure(try #require(error)).identifier == "engine.stopped")
        #expect(throws: (any Error).self) { try model.generate(request) }
        model.close()
        #expect("\(model.plan)".contains("Layers 0-7: cpu"))
    }

    @Test func requestsShareTheModelWithoutDisturbingEachOther() async throws {
        let model = try Self.model.get()
        let requests = (0..<8).map { seed in
            var request = GenerationRequest(.text("Once upon a time"))
            request.sampling.temperature = 1
            request.sampling.seed = UInt64(seed % 4)
            request.maxTokens = 10
            return request
        }
        let together = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, try await Answer(model.generate(request)).text) }
            }
            var texts = Array(repeating: "", count: requests.count)
            for try await (index, text) in group { texts[index] = text }
            return texts
        }
        for (index, request) in requests.enumerated() {
            let alone = try await Answer(model.generate(request)).text
            #expect(alone == together[index])
        }
        #expect(Set(together).count > 1)
    }

    @Test func droppingTheStreamEndsTheRequest() async throws {
        let model = try Self.model.get()
        var request = GenerationRequest(.text("Once upon a time"))
        request.ignoresEnd = true
        for try await event in try model.generate(request) {
            if case .token = event { break }
        }
        // The model answers the next request as ever.
        request.maxTokens = 2
        #expect(try await Answer(model.generate(request)).tokens.count == 2)
    }

    @Test func samplingOutOfRangeIsRefused() throws {
        let model = try Self.model.get()
        var request = GenerationRequest(.text("Once"))
        request.sampling.topP = 2
        let error = #expect(throws: (any Error).self) { try model.generate(request) }
        #expect(Failure(try #require(error)).httpStatus == 400)
    }

    @Test func logitsComeRowByRow() async throws {
        let model = try Self.model.get()
        let tokens = try model.tokenizer.encode("Once upon a time there was")
        var next = 0
        var values = 0
        try await model.logits(of: tokens) { firstRow, rows in
            #expect(firstRow == next)
            next += rows.count / model.vocabularySize
            values += rows.count
        }
        #expect(next == tokens.count)
        #expect(values == tokens.count * model.vocabularySize)
    }

    @Test func perplexityIsMeasured() async throws {
        let model = try Self.model.get()
        let text = String(repeating: "Once upon a time there was a fox. ", count: 20)
        let perplexity = try await model.perplexity(of: text, context: 64)
        #expect(perplexity.value > 1 && perplexity.value < 1000)
        #expect(perplexity.chunks >= 2)
        #expect(perplexity.scoredTokens > 0)
    }
}

/// The events of one answer, gathered.
struct Answer {
    var text = ""
    var tokens: [Int] = []
    var reason: FinishReason?
    var usage: GenerationUsage?

    init(_ events: AsyncThrowingStream<GenerationEvent, any Error>) async throws {
        for try await event in events {
            switch event {
            case .token(let token):
                text += token.text
                tokens.append(token.token)
            case .rest(let rest):
                text += rest
            case .finished(let reason, let usage):
                (self.reason, self.usage) = (reason, usage)
            }
        }
    }
}
