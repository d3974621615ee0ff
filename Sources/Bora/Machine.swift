import BoraCPU
import BoraDeviceMapping
import BoraDevices

/// The devices of this machine: the only place that knows concrete backends.
struct Machine {
    /// What the process takes besides arenas, for a vocabulary of 128,256 tokens: the tokenizer's
    /// tables, the file's metadata, stacks and the runtime (measured: docs/PERFORMANCE.md).
    private static let hostOverhead = 64 << 20

    let inventory: Inventory
    let threads: Int
    let cpuLayout: CPULayout
    let kernels: KernelSet

    init(_ options: RuntimeOptions) throws {
        let probe = HostProbe()
        let cores = probe.cores()
        threads = options.threads ?? cores
        cpuLayout = CPULayout(threads: threads, isExact: options.computeType == .f32)
        kernels = try .requested()
        inventory = Inventory(
            pools: [try probe.memory()],
            devices: [
                Inventory.Device(
                    id: .cpu, model: probe.model(), pool: 0, cores: cores,
                    overheadBytes: Self.hostOverhead)
            ])
    }

    /// Makes the devices of a map, in its order.
    func devices(for map: DeviceMap) throws -> [any Device] {
        try map.devices.map { id in
            try CPUDevice(
                id: id, threads: threads, isExact: cpuLayout.isExact, kernels: kernels)
        }
    }
}
