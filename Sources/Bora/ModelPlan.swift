import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraModels

/// Where a model goes and what it takes there, worked out from its header alone.
public struct ModelPlan: Sendable, CustomStringConvertible {
    let map: DeviceMap
    let model: Model
    let machine: Machine
    /// What the user should know before the model is loaded, a sentence each.
    public let warnings: [String]
    /// Whether it is for devices that are not there.
    public let isHypothetical: Bool

    /// - Throws: an itemised bill when the model does not fit; what is wrong with an option.
    public init(_ file: ModelFile, options: RuntimeOptions = RuntimeOptions()) throws {
        try options.validate()
        let saved = try options.savedPlan.map { try SavedPlan(at: $0) }
        let options = saved.map { options.raised(to: $0.sizes) } ?? options
        model = try Model(
            file.checkpoint, architecture: options.architectureName, kvType: options.kvType,
            plannedLength: options.maxSequenceLength)
        let rig = try options.hypotheticalRig.map { try HypotheticalRig(at: $0) }
        isHypothetical = rig != nil
        var machine = try Machine(options)
        if rig == nil, options.predictsSpeed || machine.hasGPU { try machine.addSpeeds() }
        self.machine = machine
        let inventory = rig?.inventory ?? machine.inventory
        let devices = inventory.devices.map(\.id)
        var policy = options.policy(modelContext: model.contextLength)
        let footprint = model.footprint(
            policy: policy, layouts: Machine.layouts(for: inventory, cpu: machine.cpuLayout))
        policy.pins = try saved?.pins(for: footprint, inventory) ?? options.pins()
        try policy.pins.check(against: footprint, devices: devices)
        policy.deviceLayers = try options.deviceLayers.map { text in
            try DeviceLayers(parsing: text, devices: devices)
        }
        map = try Planner(footprint: footprint, inventory: inventory, policy: policy).plan()
        warnings = Self.warnings(of: policy, layers: model.layerCount) + map.warnings
    }

    /// What there is to say about a manual map.
    private static func warnings(of policy: MappingPolicy, layers: Int) -> [String] {
        guard let manual = policy.deviceLayers else { return [] }
        let deprecation =
            "--device-layers is deprecated: devices are mapped automatically, by what "
            + "--max-seq-len, --max-batch-size, --max-num-images and --max-image-length say is to "
            + "be planned for."
        let excess = manual.excess(over: layers)
        guard excess > 0 else { return [deprecation] }
        return [
            deprecation,
            "The model has \(layers) repeating layers; \(excess) of the device layers asked for "
                + "are dropped.",
        ]
    }

    /// The map as people know it, and a table of what each device holds.
    public var description: String { map.report }

    /// The same with a bar for each device, as wide as a terminal.
    ///
    /// - Parameter width: columns; where there are too few for a bar, or nil, there are none.
    public func report(width: Int?) -> String { map.report(width: width) }

    /// Tokens of the longest sequence that the plan is made for.
    public var maxSequenceLength: Int { map.policy.maxSequenceLength }

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

    /// The pins that the options name: the first that selects a part decides.
    fileprivate func pins() throws -> [Pin] {
        try tensorOverrides.map { try Pin(override: $0) }
            + (topology.map { try Topology.pins(at: $0) } ?? [])
    }

    /// Sizes at least those of a saved plan.
    fileprivate func raised(to sizes: PlanDocument.Sizes) -> RuntimeOptions {
        var options = self
        options.maxSequenceLength = max(maxSequenceLength ?? 1, sizes.maxSequenceLength)
        options.maxBatchSize = max(maxBatchSize, sizes.maxBatchSize)
        options.maxImages = max(maxImages, sizes.maxImages)
        options.maxImageLength = max(maxImageLength, sizes.maxImageLength)
        return options
    }
}
