/// What runs layers: a GPU, by ordinal, or the CPU with all its cores.
package enum DeviceKind: String, Codable, Sendable {
    case gpu
    case cpu
}

/// A device as maps, flags and messages name it: `gpu[0]`, `cpu`.
package struct DeviceID: Hashable, Codable, Sendable, CustomStringConvertible {
    package let kind: DeviceKind
    package let ordinal: Int

    package static let cpu = DeviceID(kind: .cpu, ordinal: 0)

    package static func gpu(_ ordinal: Int) -> DeviceID { DeviceID(kind: .gpu, ordinal: ordinal) }

    package var description: String {
        switch kind {
        case .gpu: "gpu[\(ordinal)]"
        case .cpu: "cpu"
        }
    }
}
