import Testing

/// Random workloads, each from the seed that a failure names.
@Suite struct SchedulerSimulationTests {
    @Test(arguments: [0..<1000, 1000..<2000, 2000..<3000, 3000..<4000])
    func everyRequestFinishesOnce(seeds: Range<Int>) {
        for seed in seeds {
            var simulation = SchedulerSimulation(seed: seed)
            let failures = simulation.run()
            #expect(failures.isEmpty, "seed \(seed)")
            if !failures.isEmpty { return }
        }
    }

    @Test func theSameSeedGivesTheSamePlans() {
        for seed in 0..<200 {
            var first = SchedulerSimulation(seed: seed)
            var second = SchedulerSimulation(seed: seed)
            _ = first.run()
            _ = second.run()
            #expect(first.trace == second.trace, "seed \(seed)")
        }
    }

    /// The simulation is worth its name only if it gets into every corner.
    @Test func theWorkloadsReachEveryCase() {
        var seen = SchedulerSimulation.Coverage()
        for seed in 0..<500 {
            var simulation = SchedulerSimulation(seed: seed)
            _ = simulation.run()
            seen.preemptions += simulation.coverage.preemptions
            seen.exhaustions += simulation.coverage.exhaustions
            seen.growths += simulation.coverage.growths
            seen.cancellations += simulation.coverage.cancellations
            seen.pauses += simulation.coverage.pauses
            seen.fullBatches += simulation.coverage.fullBatches
            seen.reusedPrefixes += simulation.coverage.reusedPrefixes
            seen.sharedBlocks += simulation.coverage.sharedBlocks
            seen.unseenBlocks += simulation.coverage.unseenBlocks
            seen.failures += simulation.coverage.failures
            seen.truncations += simulation.coverage.truncations
            seen.overlaps += simulation.coverage.overlaps
            seen.abandonments += simulation.coverage.abandonments
            seen.restarts += simulation.coverage.restarts
        }
        let counts = [
            seen.preemptions, seen.exhaustions, seen.growths, seen.cancellations, seen.pauses,
            seen.fullBatches, seen.reusedPrefixes, seen.sharedBlocks, seen.unseenBlocks,
            seen.failures, seen.truncations, seen.overlaps, seen.abandonments, seen.restarts,
        ]
        #expect(counts.allSatisfy { $0 > 100 }, "\(seen)")
    }
}
