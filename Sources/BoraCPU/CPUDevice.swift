import BoraCore
import BoraDeviceMapping
import BoraDevices
import CKernels
import Synchronization

/// The CPU with all its threads: arenas of anonymous memory, weights packed for the kernels, and
/// one fork per segment.
package final class CPUDevice: Device {
    package let id: DeviceID
    package let kernels: KernelSet
    let pool: WorkerPool
    private let cpuLayout: CPULayout
    private let arenas = Mutex<[Arena: CPUArena]>([:])
    /// Layers and geometry of each KV group, as allocated.
    private let groups = Mutex<[Int: ArenaSizes.KV]>([:])

    /// - Parameters:
    ///   - threads: at least 1; the physical cores are best.
    ///   - isExact: exact dequantization and f32 activations.
    package init(
        id: DeviceID = .cpu, threads: Int, isExact: Bool = false,
        kernels: KernelSet = .fastest
    ) throws(SystemError) {
        self.id = id
        self.kernels = kernels
        cpuLayout = CPULayout(threads: threads, isExact: isExact)
        pool = try WorkerPool(count: threads)
    }

    package var layout: any BackendLayout { cpuLayout }

    package func allocate(_ sizes: ArenaSizes) throws(DeviceError) {
        var made = [
            Arena.weights: try arena(.weights, bytes: sizes.weights),
            Arena.workspace: try arena(.workspace, bytes: sizes.workspace),
        ]
        for kv in sizes.kv {
            made[.kv(group: kv.group)] = try arena(.kv(group: kv.group), bytes: kv.bytes)
        }
        let all = made
        arenas.withLock { $0 = all }
        groups.withLock { groups in for kv in sizes.kv { groups[kv.group] = kv } }
    }

    private func arena(_ arena: Arena, bytes: Int) throws(DeviceError) -> CPUArena {
        guard let made = CPUArena(arena, bytes: bytes, hugePages: true) else {
            throw DeviceError(.outOfMemory(arena: arena, bytes: bytes), on: id)
        }
        return made
    }

    package func growKV(group: Int, toBlocks blocks: Int) throws(DeviceError) {
        guard let kv = groups.withLock({ $0[group] }) else {
            preconditionFailure("KV group \(group) is not on \(id)")
        }
        let bytes = blocks * kv.layers * kv.geometry.blockBytes
        let old = memory(.kv(group: group))
        guard bytes > old.bytes else { return }
        guard let grown = old.grown(to: bytes) else {
            throw DeviceError(.outOfMemory(arena: .kv(group: group), bytes: bytes), on: id)
        }
        arenas.withLock { $0[.kv(group: group)] = grown }
    }

    package func growWorkspace(to bytes: Int) throws(DeviceError) {
        guard bytes > memory(.workspace).bytes else { return }
        let grown = try arena(.workspace, bytes: bytes)
        arenas.withLock { $0[.workspace] = grown }
    }

    package func commit(
        _ program: Program, segment: Int
    ) throws(DeviceError) -> any Ticket {
        try program.checkTokens(ofSegment: segment, on: id)
        let run = SegmentRun(
            program: program, segment: segment, arenas: arenas.withLock { $0 },
            kernels: kernels, layout: cpuLayout)
        return pool.submit { worker in run.run(on: worker) }
    }

    package func read(
        _ tensor: Tensor, of program: Program
    ) throws(DeviceError) -> [Float] {
        let count = tensor.rows * tensor.columns
        let address = unsafe memory(.workspace).address(of: program.handle(of: tensor))
        return unsafe Array(
            UnsafeRawBufferPointer(start: address, count: tensor.bytes)
                .bindMemory(to: Float.self).prefix(count))
    }

    package func write(
        _ values: [Float], to tensor: Tensor, of program: Program
    ) throws(DeviceError) {
        precondition(values.count == tensor.rows * tensor.columns, "wrong number of values")
        let address = unsafe memory(.workspace).address(of: program.handle(of: tensor))
        unsafe values.withUnsafeBytes {
            unsafe address.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
        }
    }

    package func checkGuards() throws(DeviceError) {
        for arena in arenas.withLock({ $0.values }) where !arena.isGuardIntact {
            throw DeviceError(.guardBroken(arena: arena.arena), on: id)
        }
    }

    package var account: ArenaAccount {
        let arenas = arenas.withLock { $0 }
        let order: [Arena] =
            [.weights] + groups.withLock { $0.keys.sorted() }.map { .kv(group: $0) }
            + [.workspace]
        return ArenaAccount(
            entries: order.compactMap { arenas[$0] }.map { memory in
                ArenaAccount.Entry(
                    arena: memory.arena, bytes: memory.bytes,
                    touched: memory.touchedBytes, guardIntact: memory.isGuardIntact)
            })
    }

    /// The memory of an arena. Traps before `allocate`.
    func memory(_ arena: Arena) -> CPUArena {
        guard let memory = arenas.withLock({ $0[arena] }) else {
            preconditionFailure("\(id) has no \(arena) arena")
        }
        return memory
    }
}
