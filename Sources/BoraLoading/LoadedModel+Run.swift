import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraModels
import Synchronization

/// The numbers of some rows of a step: logits, or hidden states.
package struct StepOutput: Sendable {
    package let rows: Int
    package let columns: Int
    /// `[rows, columns]`
    package let values: [Float]

    package init(rows: Int, columns: Int, values: [Float]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }
}

extension LoadedModel {
    /// Runs one step and waits for the logits of its output rows: `[outputRows, vocabulary]`.
    package func run(_ step: Step) throws -> StepOutput { try start(step).output() }

    /// Runs a program of this model and reads its output.
    package func run(_ program: Program) throws -> StepOutput { try start(program).output() }

    /// Starts a step, which runs after those that were started before it. As many as `depth` may be
    /// under way: the output of the oldest is taken before another is started.
    package func start(_ step: Step) throws(DeviceError) -> any RunningStep {
        try start(program(for: step))
    }

    /// The forward pass of a step over this model's devices. Steps that generate are alike, so the
    /// last step's is repeated where it can be.
    package func program(for step: Step) -> Program {
        let binding = layout.binding
        let last = lastProgram.withLock { $0 }
        let program =
            last?.repeated(for: step, layouts: binding.layouts)
            ?? model.program(for: step, binding: binding)
        lastProgram.withLock { $0 = program }
        return program
    }

    private func start(_ program: Program) throws(DeviceError) -> any RunningStep {
        try growWorkspaces(for: program)
        if let pipeline { return pipeline.start(program) }
        return DirectStep(
            program: program, device: devices[0],
            ticket: try devices[0].commit(program, segment: 0))
    }

    /// Makes room for `counts[g]` KV blocks in each group `g`, on all its devices or none. (An
    /// arena that has grown before another failed to stays so; its new blocks are not used.)
    package func growKV(toBlocks counts: [Int]) throws(DeviceError) {
        pipeline?.settle()
        for (device, arenas) in zip(devices, layout.arenas) {
            for kv in arenas.kv { try device.growKV(group: kv.group, toBlocks: counts[kv.group]) }
        }
    }

    /// Bytes that the workspaces of all devices have grown by beyond the plan.
    var workspaceGrowth: Int {
        let planned = map.bills.reduce(0) { $0 + $1.workspace }
        return workspaceBytes.withLock { $0.reduce(0, +) } - planned
    }

    /// A step larger than planned needs more workspace than planned.
    private func growWorkspaces(for program: Program) throws(DeviceError) {
        for (index, needed) in program.workspaceBytes.enumerated()
        where needed > workspaceBytes.withLock({ $0[index] }) {
            pipeline?.settle()
            try devices[index].growWorkspace(to: needed)
            workspaceBytes.withLock { $0[index] = needed }
        }
    }
}
