/// Where every part of a model goes, and the bill: a value that can be printed, saved and checked
/// against what loading really takes.
package struct DeviceMap: Codable, Equatable, Sendable {
    package struct Assignment: Codable, Equatable, Sendable {
        package let part: Part
        package let placement: Placement

        package init(part: Part, placement: Placement) {
            self.part = part
            self.placement = placement
        }
    }

    package let fingerprint: String
    package let layers: Int
    package let assignments: [Assignment]
    /// One per device that holds a part.
    package let bills: [DeviceBill]
    /// One per memory that these devices use.
    package let pools: [PoolBill]
    /// KV blocks planned for each KV group.
    package let blocksPerGroup: [Int]
    /// What was planned for, with the chunk size that the planner chose.
    package let policy: MappingPolicy
    /// nil where the speeds of the devices are not known.
    package let predicted: PredictedTime?
    /// Why the map is as it is, a sentence each: of a device left out, of a part that is not on
    /// the fastest device.
    package let reasons: [String]
    /// What the user should know of his own wishes, a sentence each.
    package let warnings: [String]

    package init(
        fingerprint: String, layers: Int, assignments: [Assignment], bills: [DeviceBill],
        pools: [PoolBill] = [], blocksPerGroup: [Int], policy: MappingPolicy,
        predicted: PredictedTime? = nil, reasons: [String] = [], warnings: [String] = []
    ) {
        self.fingerprint = fingerprint
        self.layers = layers
        self.assignments = assignments
        self.bills = bills
        self.pools = pools
        self.blocksPerGroup = blocksPerGroup
        self.policy = policy
        self.predicted = predicted
        self.reasons = reasons
        self.warnings = warnings
    }

    /// The devices used, in the order of their bills; a device's position is its index in handles.
    package var devices: [DeviceID] { bills.map(\.device) }

    /// The device of a part. Traps for a part the map does not know.
    package func device(of part: Part) -> DeviceID {
        guard let found = assignments.first(where: { $0.part == part }) else {
            preconditionFailure("the map has no \(part)")
        }
        return found.placement.home
    }

    /// The device of each repeating layer (that of its attention, where its KV cache is).
    package var layerDevices: [DeviceID] {
        (0..<layers).map { device(of: Part(layer: $0, .attention)) }
    }
}
