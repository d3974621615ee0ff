import BoraLoading
import BoraSampling
import BoraScheduling

/// A request that the engine's thread is at work on: its tokens, its sampler, what it has used.
struct LiveRequest: Sendable {
    /// What becomes of a request after a step.
    enum Outcome {
        case goesOn
        /// Its reader lags behind.
        case pauses
        case finishes(FinishReason)
    }

    let id: SequenceID
    /// The prompt and what was generated.
    private(set) var tokens: [Int32]
    private let task: EngineRequest.Task
    private let queue: EventQueue
    private var sampler: Sampler
    private var deliveredRows = 0
    private var usage: Usage
    private var started: ContinuousClock.Instant?
    private var prompted: ContinuousClock.Instant?

    init(_ id: SequenceID, _ request: EngineRequest, _ queue: EventQueue) throws {
        self.id = id
        self.queue = queue
        tokens = request.tokens
        task = request.task
        usage = Usage(promptTokens: request.tokens.count)
        sampler = try Sampler(request.task.sampling, prompt: request.tokens)
    }

    var logitsRows: ScheduledSequence.LogitsRows {
        if case .logits = task { .all } else { .last }
    }

    /// A step with this request begins.
    mutating func begin() { started = started ?? .now }

    /// Takes the logits that a step yielded for `positions`: `[positions, vocabulary]`.
    mutating func take(_ logits: ArraySlice<Float>, of positions: Range<Int>) throws -> Outcome {
        switch task {
        case .generate(_, let maxTokens, let stopTokens):
            try sample(logits, maxTokens: maxTokens, stopTokens: stopTokens)
        case .logits:
            deliver(logits, of: positions)
        }
    }

    private mutating func sample(
        _ logits: ArraySlice<Float>, maxTokens: Int, stopTokens: Set<Int32>
    ) throws -> Outcome {
        var logits = Array(logits)
        var span = logits.mutableSpan
        let sample = try sampler.sample(&span)
        prompted = prompted ?? .now
        usage.generatedTokens += 1
        guard !stopTokens.contains(sample.token) else { return .finishes(.stop) }
        sampler.accept(sample.token)
        tokens.append(sample.token)
        let isFull = queue.push(.token(sample))
        guard usage.generatedTokens < maxTokens else { return .finishes(.length) }
        return isFull ? .pauses : .goesOn
    }

    /// Rows that were computed again after preemption are not delivered again.
    private mutating func deliver(_ logits: ArraySlice<Float>, of positions: Range<Int>) -> Outcome
    {
        let fresh = positions.clamped(to: deliveredRows..<tokens.count)
        guard !fresh.isEmpty else { return .goesOn }
        deliveredRows = fresh.upperBound
        let columns = logits.count / positions.count
        let values = Array(logits.suffix(fresh.count * columns))
        let isFull = queue.push(
            .logits(StepOutput(rows: fresh.count, columns: columns, values: values)))
        guard deliveredRows < tokens.count else { return .finishes(.length) }
        return isFull ? .pauses : .goesOn
    }

    consuming func finish(_ reason: FinishReason) {
        let now = ContinuousClock.now
        if let started { usage.promptTime = started.duration(to: prompted ?? now) }
        if let prompted { usage.generateTime = prompted.duration(to: now) }
        _ = queue.push(.finished(reason, usage))
        queue.end()
    }

    func fail(_ error: any Error) { queue.end(throwing: error) }
}
