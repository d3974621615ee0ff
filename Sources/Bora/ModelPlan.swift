import BoraCPU
import BoraDeviceMapping
import BoraModels

/// Where a model goes on this machine and what it takes, worked out from its header alone.
public struct ModelPlan: Sendable, CustomStringConvertible {
    let map: DeviceMap
    let model: Model
    let machine: Machine

    /// - Throws: an itemised bill when the model does not fit.
    public init(_ file: ModelFile, options: RuntimeOptions = RuntimeOptions()) throws {
        try options.validate()
        model = try Model(
            file.checkpoint, architecture: options.architecture, kvType: options.kvType,
            plannedLength: options.maxSequenceLength)
        machine = try Machine(options)
        let policy = options.policy(modelContext: model.contextLength)
        map = try Planner(
            footprint: model.footprint(policy: policy, layouts: [machine.cpuLayout]),
            inventory: machine.inventory, policy: policy
        ).plan()
    }

    /// The map as people know it, and a table of what each device holds.
    public var description: String { map.report }

    /// Tokens of the longest sequence that the plan is made for.
    public var maxSequenceLength: Int { map.policy.maxSequenceLength }

    /// CPU threads.
    public var threads: Int { machine.threads }

    /// The instruction set that the CPU's kernels use: `avx512vnni`.
    public var instructionSet: String { machine.kernels.name }
}
