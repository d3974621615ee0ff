import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraModels

/// Where a model goes and what it takes there, worked out from its header alone.
public struct ModelPlan: Sendable, CustomStringConvertible {
    private(set) var map: DeviceMap
    let model: Model
    /// What was asked for.
    let policy: MappingPolicy
    let machine: Machine
    /// What the user should know before the model is loaded, a sentence each.
    public let warnings: [String]
    /// Whether it is for devices that are not there.
    public let isHypothetical: Bool

    /// - Parameter report: gets what takes a while before it begins: measuring speeds, once.
    /// - Throws: an itemised bill when the model does not fit; what is wrong with an option.
    public init(
        _ file: ModelFile, options: RuntimeOptions = RuntimeOptions(),
        report: (String) -> Void = { _ in }
    ) throws {
        try options.validate()
        let saved = try options.savedPlan.map { try SavedPlan(at: $0).document }
        model = try Model(
            file.checkpoint, architecture: options.architectureName, kvType: options.kvType,
            plannedLength: saved?.policy.maxSequenceLength ?? options.maxSequenceLength)
        let rig = try options.hypotheticalRig.map { try HypotheticalRig(at: $0) }
        isHypothetical = rig != nil
        var machine = try Machine(options)
        let layouts = Machine.layouts(
            for: rig?.inventory ?? machine.inventory, cpu: machine.cpuLayout)
        if let saved {
            let footprint = model.footprint(policy: saved.policy, layouts: layouts)
            map = try DeviceMap(saved, for: footprint, on: rig?.inventory ?? machine.inventory)
            policy = saved.policy
        } else {
            let devices = (rig?.inventory ?? machine.inventory).devices.map(\.id)
            policy = try options.policy(modelContext: model.contextLength, devices: devices)
            let footprint = model.footprint(policy: policy, layouts: layouts)
            if rig == nil, options.predictsSpeed || machine.hasGPU {
                let used = Set(footprint.tensors.map(\.type))
                try machine.addSpeeds(
                    of: ElementType.allCases.filter(used.contains), report: report)
            }
            map = try Planner(
                footprint: footprint, inventory: rig?.inventory ?? machine.inventory,
                policy: policy,
                resized: { [model] in model.footprint(policy: $0, layouts: layouts) }
            ).plan()
        }
        self.machine = machine
        warnings =
            (options.deviceLayers == nil ? [] : [Self.deprecation]) + map.warnings
    }

    private static let deprecation =
        "--device-layers is deprecated: models are mapped automatically, for the sizes that "
        + "--max-seq-len, --max-batch-size, --max-num-images and --max-image-length say."

    /// The same with another map in its place.
    func with(_ map: DeviceMap) -> ModelPlan {
        var plan = self
        plan.map = map
        return plan
    }

    /// The map as people know it, and a table of what each device holds.
    public var description: String { map.report }

    /// The same with a bar for each device, as wide as a terminal.
    ///
    /// - Parameter width: columns; where there are too few for a bar, or nil, there are none.
    public func report(width: Int?) -> String { map.report(width: width) }

    /// Tokens of the longest sequence that the plan is made for.
    public var maxSequenceLength: Int { map.policy.maxSequenceLength }

    /// The kinds of devices in use: `gpu`, `cpu`.
    public var backends: [String] {
        let kinds = map.devices.map(\.kind.rawValue)
        return kinds.enumerated().filter { kinds.firstIndex(of: $1) == $0 }.map(\.element)
    }

    /// CPU threads.
    public var threads: Int { machine.threads }

    /// The instruction set that the CPU's kernels use: `avx512vnni`.
    public var instructionSet: String { machine.kernels.name }
}

/// A plan for devices that are not there, where a model has to be loaded.
struct HypotheticalPlan: DescribedError {
    var category: ErrorCategory { .invalidInput }
    var identifier: String { "plan.hypothetical" }
    var description: String {
        "the plan is for devices that are not there; plan without --hypothetical to run it"
    }
}

extension RuntimeOptions {
    /// The architecture as the files call it: the field's tools and people write some names
    /// otherwise.
    fileprivate var architectureName: String? { architecture?.lowercased() }

    /// What is to be planned for, with the pins (the first that selects a part decides) and the
    /// manual map.
    fileprivate func policy(modelContext: Int, devices: [DeviceID]) throws -> MappingPolicy {
        var policy = policy(modelContext: modelContext)
        policy.pins =
            try tensorOverrides.map { try Pin(override: $0) }
            + (topology.map { try Topology.pins(at: $0) } ?? [])
        policy.deviceLayers = try deviceLayers.map { text in
            try DeviceLayers(parsing: text, devices: devices)
        }
        return policy
    }
}
