import BoraDeviceMapping
import BoraDevices
import Testing

/// Figures that other programs disturb are taken again; the waiting here is made up.
@Suite struct StopwatchTests {
    /// A clock of waiting that goes on by whole seconds while runs of `disturbed` are timed: a
    /// sample has three runs where there is no time for more.
    private final class Scene {
        private(set) var runs = 0
        private var waited = 0.0
        private let disturbed: Range<Int>

        init(disturbed: Range<Int>) { self.disturbed = disturbed }

        func run() {
            if disturbed.contains(runs) { waited += 1 }
            runs += 1
        }

        func stopwatch(patience: Double) -> Stopwatch {
            Stopwatch(patience: patience) { self.waited }
        }
    }

    @Test func aCalmFigureIsTakenOnce() {
        let scene = Scene(disturbed: 0..<0)
        let watch = scene.stopwatch(patience: 1)
        #expect(watch.median(within: 0) { scene.run() } > 0)
        #expect(scene.runs == 3 && watch.waiting == 0)
    }

    @Test func aDisturbedFigureIsTakenAgain() {
        let scene = Scene(disturbed: 0..<7)
        let watch = scene.stopwatch(patience: 1)
        _ = watch.median(within: 0) { scene.run() }
        // Two samples and a run of the third were disturbed.
        #expect(scene.runs == 12 && watch.waiting == 0)
    }

    @Test func patienceEnds() {
        let scene = Scene(disturbed: 0..<Int.max)
        let watch = scene.stopwatch(patience: 0)
        _ = watch.median(within: 0) { scene.run() }
        #expect(scene.runs == 3 && watch.waiting > DeviceSpeed.calmWaiting)
        // Without patience what is calm later does not make up for it.
        let later = Scene(disturbed: 0..<3)
        let other = later.stopwatch(patience: 0)
        for _ in 0..<2 { _ = other.median(within: 0) { later.run() } }
        #expect(later.runs == 6 && other.waiting > DeviceSpeed.calmWaiting)
    }

    @Test func ofOddlyManyTimesTheMiddleOneIsTaken() {
        var times = [3.0, 1.0, 2.0]
        let watch = Stopwatch(patience: 0) { 0 }
        #expect(watch.medianTime(within: 0) { times.removeFirst() } == 2)
    }
}
