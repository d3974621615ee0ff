import BoraCore
import BoraDevices

/// The devices of a split model, with a lane each, so that they work at the same time: they load
/// their weights in parallel, and while one runs a segment of a step, another runs one of the next.
final class Pipeline: Sendable {
    private let devices: [any Device]
    private let lanes: [Lane]
    private let stepsUnderWay = Condition(0)

    init(_ devices: [any Device]) throws(SystemError) {
        self.devices = devices
        var lanes: [Lane] = []
        do {
            for device in devices { lanes.append(try Lane(name: "lane of \(device.id)")) }
        } catch {
            for lane in lanes { lane.close() }
            throw error
        }
        self.lanes = lanes
    }

    /// The devices are let go of when this returns.
    deinit { for lane in lanes { lane.close() } }

    /// Does a job for each device, by its index, all at once, and returns when all are done.
    ///
    /// - Throws: the first device's error, of those that have one.
    func forEachDevice(_ body: @escaping @Sendable (Int) throws -> Void) throws {
        let results = Condition([Int: Result<Void, any Error>]())
        for (index, lane) in lanes.enumerated() {
            lane.add {
                let result = Result { try body(index) }
                results.update { $0[index] = result }
            }
        }
        let count = lanes.count
        let done = results.wait { $0.count == count ? $0 : nil }
        for index in lanes.indices { try done[index]!.get() }
    }

    /// Starts a step, which every device runs after those that were started before it.
    func start(_ program: Program) -> PipelinedStep {
        stepsUnderWay.update { $0 += 1 }
        let step = PipelinedStep(program, devices: devices, lanes: lanes) { [stepsUnderWay] in
            stepsUnderWay.update { $0 -= 1 }
        }
        step.start()
        return step
    }

    /// Returns when no step is under way: arenas may grow.
    func settle() { stepsUnderWay.wait { $0 == 0 ? () : nil } }
}
