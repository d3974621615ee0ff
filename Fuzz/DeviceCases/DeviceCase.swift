import Bora
import BoraCore
import BoraDeviceMapping

/// What the fuzz target of topologies does with its input, whose first byte says what it is: what a
/// person wrote about devices, in a file or as an option. Traps when something gets through that no
/// plan could be made with.
package enum DeviceCase {
    private static let machine: [DeviceID] = [.gpu(0), .gpu(1), .cpu]

    /// - Throws: the error by which the input was refused.
    package static func read(_ source: ByteSource) throws {
        let bytes = (0..<source.count).map { source.bytes.integer(at: $0, as: UInt8.self) }
        guard let kind = bytes.first else { return }
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        switch kind {
        case UInt8(ascii: "t"): try readTopology(text)
        case UInt8(ascii: "r"): try readRig(text)
        case UInt8(ascii: "p"):
            let plan = try SavedPlan(text, path: "plan.json").document
            precondition(plan.schema == PlanDocument.currentSchema)
        case UInt8(ascii: "l"): try readList(text)
        default: try readLayers(text)
        }
    }

    private static func readTopology(_ text: String) throws {
        for pin in try Topology.pins(in: text, file: "topology.yaml") {
            precondition(pin.source.hasPrefix("topology.yaml, line "))
            if case .layers(let layers) = pin.selection { precondition(!layers.isEmpty) }
        }
    }

    private static func readRig(_ text: String) throws {
        let inventory = try HypotheticalRig(text, file: "rig.yaml").inventory
        let count = inventory.devices.count
        precondition(count > 0 && Set(inventory.devices.map(\.id)).count == count)
        precondition(inventory.links.count == count * (count - 1))
        for device in inventory.devices {
            precondition(inventory.pools[device.pool].totalBytes > 0)
            precondition(device.speed!.cacheBytesPerSecond > 0)
        }
        for link in inventory.links {
            precondition(link.bytesPerSecond > 0 && (0..<1).contains(link.latency))
        }
    }

    private static func readList(_ text: String) throws {
        let memory = 64 << 30
        let list = try DeviceList(parsing: text, machine: machine) { _ in memory }
        precondition(!list.entries.isEmpty)
        precondition(list.entries.allSatisfy { (1...memory).contains($0.bytes ?? 1) })
    }

    private static func readLayers(_ text: String) throws {
        let layers = try DeviceLayers(parsing: text, devices: machine)
        precondition(layers.layerDevices(of: 8).count == 8)
        precondition(layers.excess(over: 8) >= 0)
    }
}
