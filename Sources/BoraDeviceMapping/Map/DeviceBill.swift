/// What one device holds, in bytes.
package struct DeviceBill: Codable, Equatable, Sendable {
    package let device: DeviceID
    package let model: String
    /// Size of the device's memory.
    package let memory: Int
    /// What the plan may use: what the user carved, or available memory less the reserve.
    package let budget: Int
    package let weights: Int
    package let kv: Int
    package let workspace: Int
    package let overhead: Int
    package let overheadSource: Inventory.OverheadSource?
    package let reserve: Int
    /// Host memory that the device pins for uploads and crossings; it is part of the bill of the
    /// host's pool and not of this device's total.
    package let staging: Int

    package init(
        device: DeviceID, model: String, memory: Int, budget: Int, weights: Int, kv: Int,
        workspace: Int, overhead: Int, overheadSource: Inventory.OverheadSource? = nil,
        reserve: Int, staging: Int = 0
    ) {
        self.device = device
        self.model = model
        self.memory = memory
        self.budget = budget
        self.weights = weights
        self.kv = kv
        self.workspace = workspace
        self.overhead = overhead
        self.overheadSource = overheadSource
        self.reserve = reserve
        self.staging = staging
    }

    /// Everything the model takes on the device. Arenas are taken whole before anything is stored,
    /// so this is the peak while loading too.
    package var total: Int { weights + kv + workspace + overhead }

    /// Bytes of the budget left over; negative when the bill does not fit.
    package var free: Int { budget - total }
}

/// What the devices of one physical memory take from it together, in bytes.
package struct PoolBill: Codable, Equatable, Sendable {
    package let name: String
    /// What the plan may use of it.
    package let budget: Int
    /// The totals of its devices and, in the host's memory, the staging of every GPU in use.
    package let total: Int

    package init(name: String, budget: Int, total: Int) {
        self.name = name
        self.budget = budget
        self.total = total
    }

    /// Bytes of the budget left over; negative when the bill does not fit.
    package var free: Int { budget - total }
}
