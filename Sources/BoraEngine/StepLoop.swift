import BoraDevices
import BoraLoading
import BoraScheduling

/// The engine's thread: `schedule → forward → sample → publish`, over and over.
struct StepLoop {
    private let runner: any StepRunner
    private var scheduler: Scheduler
    private var requests: [SequenceID: LiveRequest] = [:]

    init(_ runner: any StepRunner) {
        self.runner = runner
        scheduler = Scheduler(limits: runner.limits, pools: runner.pools)
    }

    /// Runs steps until the inbox is closed. Messages are read before each step, so a cancelled
    /// request is in no step after the one under way.
    mutating func run(_ inbox: Inbox) {
        while true {
            let isIdle = scheduler.sequences.allSatisfy { $0.status == .paused }
            let (messages, isClosed) = inbox.take(waiting: isIdle)
            for message in messages { handle(message) }
            if isClosed { break }
            step()
        }
        for request in requests.values { request.fail(EngineError(.stopped)) }
    }

    private mutating func handle(_ message: Inbox.Message) {
        switch message {
        case .submit(let request):
            requests[request.id] = request
            scheduler.add(request.id, tokens: request.prompt, logitsRows: request.logitsRows)
        case .cancel(let id):
            if requests[id] != nil { finish(id, .cancelled) }
        case .resume(let id):
            if requests[id] != nil { scheduler.resume(id) }
        }
    }

    private mutating func step() {
        let plan = schedule()
        for id in plan.exhausted { requests.removeValue(forKey: id)?.finish(.outOfKV) }
        guard !plan.slices.isEmpty else { return }
        for slice in plan.slices { requests[slice.id]!.begin(at: slice.tokens.lowerBound) }
        do {
            let output = try runner.run(Step(plan, tokens: scheduler.tokens(of:)))
            scheduler.complete(plan)
            publish(output, of: plan)
        } catch {
            for slice in plan.slices { fail(slice.id, error) }
        }
    }

    private mutating func schedule() -> StepPlan {
        var counts = scheduler.pools.map(\.count)
        return scheduler.nextStep { [runner] wanted in
            counts = Self.grow(counts, to: wanted, runner)
            return counts
        }
    }

    /// Grows by a quarter more than is wanted, so that it is not wanted again at every block; where
    /// that is too much, by what is wanted.
    private static func grow(
        _ counts: [Int], to wanted: [Int], _ runner: any StepRunner
    ) -> [Int] {
        let ample = zip(counts, wanted).map { $1 > $0 ? $1 + $1 / 4 : $1 }
        for target in [ample, wanted] {
            if (try? runner.growKV(toBlocks: target)) != nil { return target }
        }
        return counts
    }

    /// Hands each slice its rows of the output.
    private mutating func publish(_ output: StepOutput, of plan: StepPlan) {
        var first = 0
        for slice in plan.slices where !slice.logits.isEmpty {
            let last = first + slice.logits.count * output.columns
            let logits = output.values[first..<last]
            first = last
            do {
                switch try requests[slice.id]!.take(logits, of: slice.logits) {
                case .goesOn(let token, let isLagging):
                    if let token { scheduler.append(token, to: slice.id) }
                    if isLagging { scheduler.pause(slice.id) }
                case .finishes(let reason): finish(slice.id, reason)
                }
            } catch {
                fail(slice.id, error)
            }
        }
    }

    private mutating func finish(_ id: SequenceID, _ reason: FinishReason) {
        scheduler.remove(id)
        requests.removeValue(forKey: id)?.finish(reason)
    }

    private mutating func fail(_ id: SequenceID, _ error: any Error) {
        scheduler.remove(id)
        requests.removeValue(forKey: id)?.fail(error)
    }
}
