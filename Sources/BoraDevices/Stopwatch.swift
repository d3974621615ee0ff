import BoraDeviceMapping

/// Times what is run several times, and takes a figure again that other programs disturbed.
package final class Stopwatch {
    /// Seconds that may go by for taking figures again.
    private var patience: Double
    private let waitedSeconds: () -> Double
    private var elapsed = 0.0
    private var waited = 0.0

    /// - Parameter waitedSeconds: how long this process's threads have waited for a processor.
    package init(
        patience: Double = 1, waitedSeconds: @escaping () -> Double = ProcessorWait.seconds
    ) {
        self.patience = patience
        self.waitedSeconds = waitedSeconds
    }

    /// Seconds that threads waited for a processor for each second of what the figures are of
    /// (`DeviceSpeed.waiting`).
    package var waiting: Double { elapsed > 0 ? waited / elapsed : 0 }

    /// The median of the times of at least three runs, and of more where they are quick.
    ///
    /// - Parameter budget: seconds that may go by before there are enough.
    package func median<Failure: Error>(
        within budget: Double = 0.02, _ run: () throws(Failure) -> Void
    ) throws(Failure) -> Double {
        try medianTime(within: budget) { () throws(Failure) in try Self.seconds(of: run) }
    }

    /// The median of times that `time` takes.
    package func medianTime<Failure: Error>(
        within budget: Double = 0.02, _ time: () throws(Failure) -> Double
    ) throws(Failure) -> Double {
        var best = try sample(within: budget, time)
        while best.waiting > DeviceSpeed.calmWaiting, patience > 0 {
            let next = try sample(within: budget, time)
            patience -= next.elapsed
            if next.waiting < best.waiting { best = next }
        }
        elapsed += best.elapsed
        waited += best.waited
        return best.median
    }

    private struct Sample {
        let median: Double
        let elapsed: Double
        let waited: Double

        var waiting: Double { waited / elapsed }
    }

    private func sample<Failure: Error>(
        within budget: Double, _ time: () throws(Failure) -> Double
    ) throws(Failure) -> Sample {
        var times: [Double] = []
        let waitedBefore = waitedSeconds()
        let elapsed = try Self.seconds { () throws(Failure) in
            let start = ContinuousClock.now
            while times.count < 3
                || (times.count < 1001 && (ContinuousClock.now - start) / .seconds(1) < budget)
            {
                times.append(try time())
            }
        }
        // The account of a thread that has ended is gone.
        let waited = max(0, waitedSeconds() - waitedBefore)
        return Sample(median: times.sorted()[times.count / 2], elapsed: elapsed, waited: waited)
    }

    /// How long something takes.
    package static func seconds<Failure: Error>(
        of run: () throws(Failure) -> Void
    ) throws(Failure) -> Double {
        let start = ContinuousClock.now
        try run()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}
