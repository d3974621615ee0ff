import BoraCore
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
    package func run(_ step: Step) throws(DeviceError) -> StepOutput {
        try run(program(for: step))
    }

    /// The forward pass of a step over this model's devices.
    package func program(for step: Step) -> Program {
        model.program(for: step, binding: layout.binding)
    }

    /// Runs a program of this model and reads its output.
    package func run(_ program: Program) throws(DeviceError) -> StepOutput {
        try growWorkspaces(for: program)
        var last: (any Ticket)?
        for (index, segment) in program.segments.enumerated() {
            for crossing in segment.crossings {
                try last?.wait()
                let values = try devices[crossing.source.device].read(crossing.source, of: program)
                try devices[segment.device].write(values, to: crossing.target, of: program)
            }
            last = try devices[segment.device].commit(program, segment: index)
        }
        try last?.wait()
        for device in devices { try device.checkGuards() }
        let output = program.output
        return StepOutput(
            rows: output.rows, columns: output.columns,
            values: try devices[output.device].read(output, of: program))
    }

    /// Makes room for `blocks` KV blocks of a group, on all its devices or none.
    /// (An arena that has grown before the failure stays so; its blocks are simply not used.)
    package func growKV(group: Int, toBlocks blocks: Int) throws(DeviceError) {
        for index in devices.indices
        where layout.arenas[index].kv.contains(where: {
            $0.group == group
        }) {
            try devices[index].growKV(group: group, toBlocks: blocks)
        }
    }

    /// A step larger than planned needs more workspace than planned.
    private func growWorkspaces(for program: Program) throws(DeviceError) {
        for (index, needed) in program.workspaceBytes.enumerated()
        where needed > workspaceBytes.withLock({ $0[index] }) {
            try devices[index].growWorkspace(to: needed)
            workspaceBytes.withLock { $0[index] = needed }
        }
    }
}
