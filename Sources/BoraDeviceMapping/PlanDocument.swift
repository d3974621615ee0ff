/// A plan as `bora plan --json` prints it: the device map in the terms that other programs ask for.
/// Its field names are a promise (docs/ARCHITECTURE.md).
package struct PlanDocument: Codable, Equatable, Sendable {
    package struct Layer: Codable, Equatable, Sendable {
        package let layer: Int
        package let device: String
    }

    package struct Device: Codable, Equatable, Sendable {
        package let name: String
        package let kind: DeviceKind
        package let budget: Int
        package let weights: Int
        package let kv: Int
        package let workspace: Int
        package let overhead: Int
        package let reserve: Int
        package let total: Int
    }

    package struct FixedPart: Codable, Equatable, Sendable {
        package let part: String
        package let device: String
    }

    /// Version of this document's fields.
    package static let currentSchema = 1

    package let schema: Int
    package let fingerprint: String
    package let layers: [Layer]
    package let devices: [Device]
    package let fixedParts: [FixedPart]
    package let expected: ExpectedWork

    private enum CodingKeys: String, CodingKey {
        case schema, fingerprint, layers, devices, expected
        case fixedParts = "fixed_parts"
    }

    package init(_ map: DeviceMap) {
        schema = Self.currentSchema
        fingerprint = map.fingerprint
        layers = map.layerDevices.enumerated().map {
            Layer(layer: $0, device: $1.description)
        }
        devices = map.bills.map {
            Device(
                name: $0.device.description, kind: $0.device.kind, budget: $0.budget,
                weights: $0.weights, kv: $0.kv, workspace: $0.workspace, overhead: $0.overhead,
                reserve: $0.reserve, total: $0.total)
        }
        fixedParts = map.assignments.filter { $0.part.layer == nil }.map {
            FixedPart(
                part: $0.part.role.rawValue, device: $0.placement.home.description)
        }
        expected = map.policy.expectedWork
    }
}
