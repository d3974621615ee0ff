import BoraCore
import BoraDeviceMapping
import BoraEngine
import BoraLoading
import BoraModels
import BoraSampling
import BoraTokenizers
import Synchronization

/// A model that is loaded and ready to answer. It may be used from any number of tasks at once;
/// their requests share each step. Its memory is given up with the last reference to it, or by
/// `close`.
public final class LanguageModel: Sendable {
    /// What loading has done so far, in bytes of the checkpoint.
    public struct LoadProgress: Sendable {
        public let bytes: Int
        public let totalBytes: Int
    }

    public let file: ModelFile
    public let tokenizer: ModelTokenizer
    let engine: Engine
    /// nil once it is closed.
    private let loaded: Mutex<RecoverableModel?>
    private let firstPlan: ModelPlan
    private let template: PromptTemplate?

    /// Plans and loads a model.
    ///
    /// - Parameters:
    ///   - progress: called from any thread.
    ///   - notice: called from any thread with what the user should know: a device had less memory
    ///     than planned or failed, and the model lies elsewhere now; the KV cache has grown.
    /// - Throws: an itemised bill when the model does not fit; what is wrong with the file.
    public convenience init(
        _ file: ModelFile, options: RuntimeOptions = RuntimeOptions(),
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in },
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        try self.init(
            file, plan: ModelPlan(file, options: options), progress: progress, notice: notice)
    }

    /// Loads a model by a plan that was made for it.
    public convenience init(
        _ file: ModelFile, plan: ModelPlan,
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in },
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        guard !plan.isHypothetical else { throw HypotheticalPlan() }
        try self.init(file, plan: plan, on: plan.machine, progress: progress, notice: notice)
    }

    /// Loads a model by a plan, on devices that `provider` makes.
    package init(
        _ file: ModelFile, plan: ModelPlan, on provider: any DeviceProvider,
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in },
        notice: @escaping @Sendable (String) -> Void
    ) throws {
        try file.requireWeights()
        self.file = file
        firstPlan = plan
        tokenizer = try ModelTokenizer(file)
        template = try PromptTemplate(file)
        let loaded = try RecoverableModel(
            plan.model, map: plan.map, policy: plan.policy, on: provider,
            progress: { progress(LoadProgress(bytes: $0, totalBytes: $1)) }, notice: notice)
        engine = try Engine(loaded)
        self.loaded = Mutex(loaded)
    }

    /// Gives the model's memory back on all devices, whoever still holds the model. Requests under
    /// way end with an error, and so do later ones. Returns, after a step at most, when it is done.
    ///
    /// A program that calls `exit` while a task may hold a model on a GPU closes the model first: a
    /// graphics driver cleans up in exit handlers, and must not find its device at work.
    public func close() {
        engine.shutdown()
        loaded.withLock { $0 = nil }
    }

    /// Where the model lies: as planned, or as planned again after a device had less memory than
    /// before or failed; the first plan once it is closed.
    public var plan: ModelPlan {
        loaded.withLock { $0 }.map { firstPlan.with($0.map) } ?? firstPlan
    }

    /// Whether the model comes with a chat template.
    public var hasChatTemplate: Bool { template != nil }

    /// Logits for each token: the tokenizer's tokens, and padding in some models.
    public var vocabularySize: Int { engine.vocabularySize }

    /// Longest sequence that the model was trained for, in tokens.
    public var contextLength: Int { firstPlan.model.contextLength }

    /// The prompt of a conversation: the model's chat template applied to it.
    ///
    /// - Throws: when the model has no template, or the template refuses the conversation.
    public func render(_ conversation: Conversation) throws -> String {
        guard let template else { throw PromptError(.noChatTemplate, model: file.name) }
        return try template.render(conversation)
    }

    /// The prompt of a conversation without tools.
    public func render(_ messages: [ChatMessage]) throws -> String {
        try render(Conversation(messages))
    }

    /// Answers a request. The stream ends after `.finished`; letting go of it cancels the request.
    ///
    /// - Throws: when the request asks for the impossible.
    public func generate(
        _ request: GenerationRequest
    ) throws -> AsyncThrowingStream<GenerationEvent, any Error> {
        let tokens = try tokens(of: request.prompt)
        let room = contextLength - tokens.count
        guard room > 0 || request.ignoresEnd else {
            throw PromptError(
                .tooLong(tokens: tokens.count, context: contextLength), model: file.name)
        }
        let maxTokens =
            request.ignoresEnd
            ? request.maxTokens ?? max(room, 1) : min(request.maxTokens ?? room, room)
        let stream = try engine.submit(
            EngineRequest(
                tokens: tokens,
                task: .generate(
                    request.sampling.parameters(for: file.checkpoint),
                    maxTokens: maxTokens,
                    stopTokens: request.ignoresEnd ? [] : tokenizer.endTokens)))
        let reader = AnswerReader(stream, tokenizer: tokenizer.tokenizer, stop: request.stop)
        return AsyncThrowingStream { try await reader.next() }
    }

    /// The logits after each of `tokens`, handed over in order, some rows at a time:
    /// `[rows, vocabulary]`.
    public func logits(
        of tokens: [Int], _ rows: (_ firstRow: Int, _ values: [Float]) throws -> Void
    ) async throws {
        // An event holds a row of logits for every token of a chunk: no more than one waits.
        let stream = try engine.submit(
            EngineRequest(
                tokens: tokens.map { Int32(clamping: $0) }, task: .logits, eventCapacity: 1))
        var row = 0
        while let event = try await stream.next() {
            switch event {
            case .logits(let output):
                try rows(row, output.values)
                row += output.rows
            case .finished(let reason, _):
                guard reason == .length else {
                    throw PromptError(.outOfMemory, model: file.name)
                }
            case .token: break
            }
        }
    }

    private func tokens(of prompt: GenerationRequest.Prompt) throws -> [Int32] {
        switch prompt {
        case .conversation(let conversation):
            // A template writes the beginning token itself where the model wants one.
            let text = try render(conversation)
            let beginning = template?.specialTokens.first { $0.name == "bos_token" }?.text
            let hasBeginning = beginning.map { text.hasPrefix($0) } ?? false
            return try tokenizer.tokenizer.encode(
                text, parsingSpecial: true, addingSpecial: !hasBeginning)
        case .text(let text):
            return try tokenizer.tokenizer.encode(text, parsingSpecial: true, addingSpecial: true)
        case .tokens(let tokens):
            return tokens.map { Int32(clamping: $0) }
        }
    }
}

/// A prompt that the model cannot take.
struct PromptError: DescribedError {
    enum Code: Equatable {
        case noChatTemplate
        case tooLong(tokens: Int, context: Int)
        case outOfMemory
    }

    let code: Code
    let model: String

    init(_ code: Code, model: String) {
        self.code = code
        self.model = model
    }

    var category: ErrorCategory { code == .outOfMemory ? .insufficientResources : .invalidInput }

    var identifier: String {
        switch code {
        case .noChatTemplate: "prompt.noChatTemplate"
        case .tooLong: "prompt.tooLong"
        case .outOfMemory: "prompt.outOfMemory"
        }
    }

    var description: String {
        switch code {
        case .noChatTemplate:
            "\(model) has no chat template; give it plain text (--raw)"
        case .tooLong(let tokens, let context):
            "the prompt has \(tokens) tokens, and \(model) has a context of \(context): shorten it"
        case .outOfMemory:
            "memory does not hold the KV cache of the whole prompt; shorten it, or plan for it "
                + "with --max-seq-len"
        }
    }
}
