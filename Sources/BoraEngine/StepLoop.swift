import BoraDevices
import BoraLoading
import BoraScheduling

/// The engine's thread: `schedule → forward → sample → publish`, over and over. A runner that can
/// gets the next steps while it is at work on the first, as far as they need none of its tokens.
struct StepLoop {
    private let runner: any StepRunner
    private var scheduler: Scheduler
    private var requests: [SequenceID: LiveRequest] = [:]
    /// What the runner is at work on, oldest first.
    private var underWay: [(plan: StepPlan, step: any RunningStep)] = []

    init(_ runner: any StepRunner) {
        self.runner = runner
        scheduler = Scheduler(limits: runner.limits, pools: runner.pools)
    }

    /// Runs steps until the inbox is closed. Messages are read before each step, so a cancelled
    /// request is in no step after those under way.
    mutating func run(_ inbox: Inbox) {
        while true {
            let isIdle =
                underWay.isEmpty && scheduler.sequences.allSatisfy { $0.status == .paused }
            let (messages, isClosed) = inbox.take(waiting: isIdle)
            for message in messages { handle(message) }
            if isClosed { break }
            if underWay.count == runner.depth || !startStep() { finishStep() }
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

    /// Starts the next step; false where nothing can run before a step under way is done.
    private mutating func startStep() -> Bool {
        let plan = schedule()
        for id in plan.exhausted { requests.removeValue(forKey: id)?.finish(.outOfKV) }
        guard !plan.slices.isEmpty else { return false }
        for slice in plan.slices { requests[slice.id]!.begin(at: slice.tokens.lowerBound) }
        do {
            underWay.append((plan, try runner.start(Step(plan, tokens: scheduler.tokens(of:)))))
        } catch {
            fail(plan, error)
        }
        return true
    }

    /// Waits for the oldest step, and hands out what it yields.
    private mutating func finishStep() {
        guard let plan = underWay.first?.plan else { return }
        // A step holds on to devices: it is let go of before what comes of it.
        let result = Result { try underWay.removeFirst().step.output() }
        switch result {
        case .success(let output):
            scheduler.complete(plan)
            publish(output, of: plan)
        case .failure(let error): fail(plan, error)
        }
    }

    /// A step failed, and with it all others under way: each stands on what the one before it
    /// stored. Where a device failed, the runner may find another way, and every request begins
    /// again with the tokens it has. Else the step's own requests fail, and the others begin again.
    private mutating func fail(_ plan: StepPlan, _ error: any Error) {
        for (_, step) in underWay { _ = try? step.output() }
        scheduler.abandon([plan] + underWay.map(\.plan))
        underWay = []
        if let error = error as? DeviceError, error.isOfDevice {
            recover(from: error)
        } else {
            for slice in plan.slices { fail(slice.id, error) }
        }
    }

    private mutating func recover(from error: DeviceError) {
        do {
            try runner.recover(from: error)
        } catch {
            for id in requests.keys { fail(id, error) }
        }
        scheduler.restart(limits: runner.limits, pools: runner.pools)
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
            // It may have been cancelled meanwhile.
            guard requests[slice.id] != nil else { continue }
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
        guard let request = requests.removeValue(forKey: id) else { return }
        scheduler.remove(id)
        request.fail(error)
    }
}
