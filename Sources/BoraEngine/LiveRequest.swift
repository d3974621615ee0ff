import BoraLoading
import BoraSampling
import BoraScheduling

/// A request that the engine's thread is at work on: its task, its sampler, what it has used.
struct LiveRequest: Sendable {
    /// What becomes of a request after a step.
    enum Outcome {
        /// With one more token, where it samples any. A reader that lags behind pauses it.
        case goesOn(token: Int32?, isLagging: Bool)
        case finishes(FinishReason)
    }

    let id: SequenceID
    let prompt: [Int32]
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
        prompt = request.tokens
        task = request.task
        usage = Usage(promptTokens: request.tokens.count)
        sampler = try Sampler(request.task.sampling, prompt: request.tokens)
    }

    var logitsRows: ScheduledSequence.LogitsRows {
        if case .logits = task { .all } else { .last }
    }

    /// A step with this request begins, at `position`. Where the first one begins, the keys and
    /// values of all before it were there already; a prompt that begins again, after preemption or
    /// the failure of a device, may find fewer.
    mutating func begin(at position: Int) {
        if started == nil {
            started = .now
            usage.cachedTokens = position
        } else if prompted == nil {
            usage.cachedTokens = min(usage.cachedTokens, position)
        }
    }

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
        let isFull = queue.push(.token(sample))
        guard usage.generatedTokens < maxTokens else { return .finishes(.length) }
        return .goesOn(token: sample.token, isLagging: isFull)
    }

    /// Rows that were computed again after preemption are not delivered again.
    private mutating func deliver(_ logits: ArraySlice<Float>, of positions: Range<Int>) -> Outcome
    {
        let fresh = positions.clamped(to: deliveredRows..<prompt.count)
        guard !fresh.isEmpty else { return .goesOn(token: nil, isLagging: false) }
        deliveredRows = fresh.upperBound
        let columns = logits.count / positions.count
        let values = Array(logits.suffix(fresh.count * columns))
        let isFull = queue.push(
            .logits(StepOutput(rows: fresh.count, columns: columns, values: values)))
        guard deliveredRows < prompt.count else { return .finishes(.length) }
        return .goesOn(token: nil, isLagging: isFull)
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
