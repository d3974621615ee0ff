import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraModels

/// The CPU's way of storing things, as that of GPUs that the CPU stands in for.
private struct StandInLayout: BackendLayout {
    let layout: any BackendLayout

    var kind: DeviceKind { .gpu }
    var alignment: Int { layout.alignment }
    var activationType: ElementType { layout.activationType }

    func storedBytes(type: ElementType, rows: Int, columns: Int) -> Int {
        layout.storedBytes(type: type, rows: rows, columns: columns)
    }

    func scratchBytes(of operation: Operation, in step: Step) -> Int {
        layout.scratchBytes(of: operation, in: step)
    }
}

/// A machine whose GPUs are CPUs, with a memory each. It makes devices that fail where a fault says
/// so.
package final class StandInMachine: DeviceProvider {
    package let isExact: Bool
    private let threads: Int
    private let fault: FaultyDevice.Fault
    /// Bytes that are free on each device, by the look that is taken at them; the last holds on.
    private let memories: [[DeviceID: Int]]
    private let looks = Condition(0)

    /// - Parameters:
    ///   - memories: free bytes of each device, at the first look, the second and so on.
    package init(
        _ memories: [[DeviceID: Int]], fault: FaultyDevice.Fault = .never(), isExact: Bool = false,
        threads: Int = 1
    ) {
        self.memories = memories
        self.fault = fault
        self.isExact = isExact
        self.threads = threads
    }

    /// `gpus` GPUs and a CPU with room for everything.
    package convenience init(gpus: Int, isExact: Bool = false) {
        let ids = (0..<gpus).map { DeviceID.gpu($0) } + [.cpu]
        self.init([Dictionary(uniqueKeysWithValues: ids.map { ($0, 1 << 40) })], isExact: isExact)
    }

    package var layouts: [any BackendLayout] {
        let layout = CPULayout(threads: threads, isExact: isExact)
        return [layout, StandInLayout(layout: layout)]
    }

    package func currentInventory() -> Inventory {
        let look = looks.update { count in
            defer { count += 1 }
            return min(count, memories.count - 1)
        }
        let ids = memories[look].keys.sorted {
            ($0.kind == .cpu ? 1 : 0, $0.ordinal) < ($1.kind == .cpu ? 1 : 0, $1.ordinal)
        }
        return Inventory(
            pools: ids.map { id in
                let bytes = memories[look][id]!
                return .init(
                    name: "memory of \(id)", totalBytes: 1 << 40, availableBytes: bytes,
                    source: "test")
            },
            devices: ids.enumerated().map { index, id in
                var device = Inventory.Device(
                    id: id, model: "test", pool: index, cores: threads, overheadBytes: 0)
                device.isNamed = true
                return device
            })
    }

    package func devices(for map: DeviceMap) throws -> [any Device] {
        try map.devices.map { id in
            FaultyDevice(try CPUDevice(id: id, threads: threads, isExact: isExact), fault)
        }
    }

    package func plan(_ model: Model, _ policy: MappingPolicy) throws -> DeviceMap {
        try Planner(
            footprint: model.footprint(policy: policy, layouts: layouts),
            inventory: currentInventory(),
            policy: policy
        ).plan()
    }
}
