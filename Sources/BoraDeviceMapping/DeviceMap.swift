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
    package let bills: [DeviceBill]
    /// KV blocks planned for each KV group.
    package let blocksPerGroup: [Int]
    package let policy: MappingPolicy

    package init(
        fingerprint: String, layers: Int, assignments: [Assignment], bills: [DeviceBill],
        blocksPerGroup: [Int], policy: MappingPolicy
    ) {
        self.fingerprint = fingerprint
        self.layers = layers
        self.assignments = assignments
        self.bills = bills
        self.blocksPerGroup = blocksPerGroup
        self.policy = policy
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

/// What one device holds, in bytes.
package struct DeviceBill: Codable, Equatable, Sendable {
    package let device: DeviceID
    package let model: String
    /// Size of the device's memory.
    package let memory: Int
    /// What the plan may use: available memory less the reserve.
    package let budget: Int
    package let weights: Int
    package let kv: Int
    package let workspace: Int
    package let overhead: Int
    package let reserve: Int

    package init(
        device: DeviceID, model: String, memory: Int, budget: Int, weights: Int, kv: Int,
        workspace: Int, overhead: Int, reserve: Int
    ) {
        self.device = device
        self.model = model
        self.memory = memory
        self.budget = budget
        self.weights = weights
        self.kv = kv
        self.workspace = workspace
        self.overhead = overhead
        self.reserve = reserve
    }

    /// Everything the model takes on the device.
    package var total: Int { weights + kv + workspace + overhead }

    /// Bytes of the budget left over; negative when the bill does not fit.
    package var free: Int { budget - total }
}
