/// A model that is loaded and ready to answer. It may be used from any number of tasks at once;
/// their requests share each step.
public final class LanguageModel: Sendable {
    /// What loading has done so far, in bytes of the checkpoint.
    public struct LoadProgress: Sendable {
        public let bytes: Int
        public let totalBytes: Int
    }

    public let file: ModelFile
    public let plan: ModelPlan
    public let tokenizer: ModelTokenizer

    /// Plans and loads a model.
    ///
    /// - Parameters:
    ///   - plan: where it goes; nil plans for this machine as it is now.
    ///   - progress: called from any thread.
    /// - Throws: an itemised bill when the model does not fit; what is wrong with the file.
    public init(
        _ file: ModelFile, options: RuntimeOptions = RuntimeOptions(),
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) throws {
        fatalError("not wired yet")
    }

    /// Answers a request. The stream ends after `.finished`; dropping it cancels the request.
    public func generate(
        _ request: GenerationRequest
    ) throws -> AsyncThrowingStream<GenerationEvent, any Error> {
        fatalError("not wired yet")
    }

    /// The prompt of a conversation: the model's chat template applied to it.
    public func render(_ messages: [ChatMessage]) throws -> String {
        fatalError("not wired yet")
    }

    /// The logits after each of `tokens`, handed over in order, some rows at a time:
    /// `[rows, vocabulary]`.
    public func logits(
        of tokens: [Int], _ rows: (_ firstRow: Int, _ values: [Float]) throws -> Void
    ) async throws {
        fatalError("not wired yet")
    }
}
