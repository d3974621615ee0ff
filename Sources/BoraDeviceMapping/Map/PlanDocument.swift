/// A plan as `bora plan --json` prints it and `--plan` reads it: the device map in the terms that
/// other programs ask for. Its field names are a promise (docs/ARCHITECTURE.md).
package struct PlanDocument: Codable, Equatable, Sendable {
    package struct Layer: Codable, Equatable, Sendable {
        package let layer: Int
        package let device: String
    }

    package struct Device: Codable, Equatable, Sendable {
        package let name: String
        package let kind: DeviceKind
        /// The maker's name, and the size of the memory: what the device is known by.
        package let model: String
        package let memory: Int
        package let budget: Int
        package let weights: Int
        package let kv: Int
        package let workspace: Int
        package let overhead: Int
        /// nil where there is no overhead.
        package let overheadSource: Inventory.OverheadSource?
        package let reserve: Int
        package let staging: Int
        package let total: Int

        private enum CodingKeys: String, CodingKey {
            case name, kind, model, memory, budget, weights, kv, workspace, overhead, reserve
            case staging, total
            case overheadSource = "overhead_source"
        }
    }

    package struct FixedPart: Codable, Equatable, Sendable {
        package let part: String
        package let device: String
    }

    /// A part of a layer; most of them are where their layer is.
    package struct LayerPart: Codable, Equatable, Sendable {
        package let layer: Int
        package let part: String
        package let device: String
    }

    /// Version of this document's fields.
    package static let currentSchema = 2

    package let schema: Int
    package let fingerprint: String
    package let layers: [Layer]
    package let devices: [Device]
    package let pools: [PoolBill]
    package let fixedParts: [FixedPart]
    package let layerParts: [LayerPart]
    /// nil where the speeds of the devices are not known.
    package let predicted: PredictedTime?
    package let expected: ExpectedWork
    package let policy: MappingPolicy
    package let blocksPerGroup: [Int]
    package let reasons: [String]
    package let warnings: [String]

    private enum CodingKeys: String, CodingKey {
        case schema, fingerprint, layers, devices, pools, predicted, expected, policy, reasons
        case warnings
        case fixedParts = "fixed_parts"
        case layerParts = "layer_parts"
        case blocksPerGroup = "blocks_per_group"
    }

    package init(_ map: DeviceMap) {
        schema = Self.currentSchema
        fingerprint = map.fingerprint
        layers = map.layerDevices.enumerated().map {
            Layer(layer: $0, device: $1.description)
        }
        devices = map.bills.map {
            Device(
                name: $0.device.description, kind: $0.device.kind, model: $0.model,
                memory: $0.memory, budget: $0.budget, weights: $0.weights, kv: $0.kv,
                workspace: $0.workspace, overhead: $0.overhead,
                overheadSource: $0.overheadSource, reserve: $0.reserve, staging: $0.staging,
                total: $0.total)
        }
        pools = map.pools
        fixedParts = map.assignments.filter { $0.part.layer == nil }.map {
            FixedPart(
                part: $0.part.role.rawValue, device: $0.placement.home.description)
        }
        layerParts = map.assignments.compactMap { assignment in
            assignment.part.layer.map {
                LayerPart(
                    layer: $0, part: assignment.part.role.rawValue,
                    device: assignment.placement.home.description)
            }
        }
        predicted = map.predicted
        expected = map.policy.expectedWork
        policy = map.policy
        blocksPerGroup = map.blocksPerGroup
        reasons = map.reasons
        warnings = map.warnings
    }
}
