import BoraCore
import BoraDevices

/// A step that has been started.
package protocol RunningStep: Sendable {
    /// Waits for the step: the numbers of its output rows.
    func output() throws -> StepOutput
}

/// A step of a model that lies on one device, which has it all.
struct DirectStep: RunningStep {
    let program: Program
    let device: any Device
    let ticket: any Ticket

    func output() throws -> StepOutput {
        try ticket.wait()
        try device.checkGuards()
        return try program.readOutput(from: device)
    }
}

/// A step of a split model, on its way from lane to lane: each runs a segment, reads what leaves it
/// and hands that on. Only hidden states cross: nothing else of a step outlives a segment, so a
/// device's workspace is free for another step in between.
final class PipelinedStep: RunningStep {
    private let program: Program
    private let devices: [any Device]
    private let lanes: [Lane]
    private let didFinish: @Sendable () -> Void
    private let result = Condition<Result<StepOutput, DeviceError>?>(nil)

    /// - Parameters:
    ///   - lanes: one per device, in the same order.
    ///   - didFinish: called once, when no device is at work on the step any more.
    init(
        _ program: Program, devices: [any Device], lanes: [Lane],
        didFinish: @escaping @Sendable () -> Void
    ) {
        self.program = program
        self.devices = devices
        self.lanes = lanes
        self.didFinish = didFinish
    }

    func start() { enter(0, with: []) }

    func output() throws -> StepOutput { try result.wait { $0 }.get() }

    /// Queues a segment, whose crossings bring `values`.
    private func enter(_ index: Int, with values: [[Float]]) {
        lanes[program.segments[index].device].add { [self] in
            do throws(DeviceError) {
                try run(index, with: values)
            } catch {
                finish(.failure(error))
            }
        }
    }

    private func run(_ index: Int, with values: [[Float]]) throws(DeviceError) {
        let segment = program.segments[index]
        let device = devices[segment.device]
        for (crossing, values) in zip(segment.crossings, values) {
            try device.write(values, to: crossing.target, of: program)
        }
        try device.commit(program, segment: index).wait()
        try device.checkGuards()
        guard index + 1 < program.segments.count else {
            return finish(.success(try program.readOutput(from: device)))
        }
        var leaving: [[Float]] = []
        for crossing in program.segments[index + 1].crossings {
            leaving.append(try device.read(crossing.source, of: program))
        }
        enter(index + 1, with: leaving)
    }

    private func finish(_ result: Result<StepOutput, DeviceError>) {
        didFinish()
        self.result.update { $0 = result }
    }
}

extension Program {
    /// The numbers of the output rows, once the program has run.
    fileprivate func readOutput(from device: any Device) throws(DeviceError) -> StepOutput {
        // Without output rows, the device of the head had nothing to do.
        let values = output.rows > 0 ? try device.read(output, of: self) : []
        return StepOutput(rows: output.rows, columns: output.columns, values: values)
    }
}
